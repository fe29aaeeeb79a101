/* host.c - the conventions that an arm64 machine can call: they differ in their plans alone, and
 * share a kernel. */
#include "../arch.h"

const ZfHost zf_host = {
#if defined(__APPLE__)
    .default_abi = &zf_abi_apple64,
#else
    .default_abi = &zf_abi_aapcs64,
#endif
    .kernels =
        {
            [ZF_ABI_AAPCS64] = {zf_kernel_aapcs64, zf_kernel_aapcs64_full},
            [ZF_ABI_APPLE64] = {zf_kernel_aapcs64, zf_kernel_aapcs64_full},
            [ZF_ABI_WINARM64] = {zf_kernel_aapcs64, zf_kernel_aapcs64_full},
        },
};
