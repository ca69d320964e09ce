// Photos: from a folder with one folder of photos per class to the network's input.
//
// Holds listing and split as Keras makes them, photos left out, decoding, resizing, the pixel cache
// on disk, augmentation, statistics of a folder, and demo flowers for when there are no photos.
//
// Promises:
// - The split is Keras' for the same seed, and leaving out a photo moves no other.
// - A file that is no usable photo is skipped with a reason; it never ends the program.
// - Memory does not grow with the number of photos.
//
// Never trains, and words nothing: what can go wrong are values, such as `PhotoFolderFailure`,
// `PhotoFault` and `DatasetProblem`, which higher layers put into words.
//
// Where things are:
// - `Folder/ImageFolder`, `DatasetSplit`, `ExclusionList`: which photos there are, and for what.
// - `Folder/PhotoTree`, `FolderLayout`, `SystemFiles`: what a folder holds, and how it is laid out.
// - `Folder/PhotoPath`: a photo's path, compared by its bytes.
// - `Folder/PhotosSource`, `DemoFlowers`: where photos come from.
// - `Decoding/PhotoDecoder`, `PhotoHeader`, `BilinearResize`: from a file to pixels; `FileKind` names
//   other formats, and `Canvas/Orientation` turns pictures for screens.
// - `Decoding/PhotoReading`: which files are photos, and what becomes of EXIF's orientation.
// - `Decoding/BMPFile`, `GIFFile`, `LibraryPictures`: formats besides JPEG and PNG.
// - `Dataset/Dataset`: the photos of a run; `PhotoDataset`: what screens see of them.
// - `Dataset/PixelCache`, `PixelFile`: decoded photos on disk.
// - `Dataset/DataStatistics`: figures about a folder.
// - `Decoding/PhotoFault`, `Folder/*Failure`, `Dataset/PixelCacheProblem`: what can go wrong.
// - `Augmentation/Augmentation`, `MixUp`: random views, and mixtures of two photos; `AugmentationView`: how a
//   screen shows them.
