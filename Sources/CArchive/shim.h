// libarchive, which reads downloaded wheels, `.keras` files and tarballs of photos.
#pragma once
#include <archive.h>
#include <archive_entry.h>
