/* layout.h - what the layout offers the planners. */
#ifndef ZF_LAYOUT_H
#define ZF_LAYOUT_H

#include "../zffi.h"

typedef enum ZfDataModel {
    ZF_MODEL_SYSV64,
    ZF_MODEL_WIN64,
    ZF_MODEL_AAPCS64,
    ZF_MODEL_APPLE64,
    ZF_MODEL_WINARM64,
} ZfDataModel;

/* A scalar type by its C name, as compilers of that platform have it; NULL if unknown. */
const ZfType *zf_scalar_find(ZfDataModel model, const char *name);

#endif
