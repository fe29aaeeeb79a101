/* host.c - the conventions that an x86-64 machine can call. */
#include "../arch.h"

const ZfHost zf_host = {
    .default_abi = &zf_abi_sysv64,
    .kernels =
        {
            [ZF_ABI_SYSV64] = {zf_kernel_sysv64, zf_kernel_sysv64_full},
            [ZF_ABI_WIN64] = {zf_kernel_win64, zf_kernel_win64_full},
        },
};
