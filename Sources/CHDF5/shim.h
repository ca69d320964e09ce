// HDF5, which reads and writes Keras' weights files. The H5T_* and H5P_* names are macros that call
// H5open() first; Swift cannot import them, hence the wrappers.
#pragma once
#include <hdf5.h>

static inline hid_t flowers_h5_native_float(void) { return H5T_NATIVE_FLOAT; }
static inline hid_t flowers_h5_c_string(void) { return H5T_C_S1; }
static inline hid_t flowers_h5_default(void) { return H5P_DEFAULT; }
static inline hid_t flowers_h5_all(void) { return H5S_ALL; }
static inline hid_t flowers_h5_file_access(void) { return H5P_FILE_ACCESS; }
static inline hid_t flowers_h5_dataset_creation(void) { return H5P_DATASET_CREATE; }
static inline hid_t flowers_h5_link_creation(void) { return H5P_LINK_CREATE; }
