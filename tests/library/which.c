/* Two libraries that export the same symbol, told apart by WHICH; each calls its own through the
 * loader. */
int which(void)
{
    return WHICH;
}

int which_by_loader(void)
{
    return which();
}
