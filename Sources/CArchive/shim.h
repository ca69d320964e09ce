// libarchive: reads the wheels, `.keras` files and photo tarballs that are fetched.
#pragma once
#include <archive.h>
#include <archive_entry.h>
