// Doctor: examines a folder of photos before a run does.
//
// Holds the search for unreadable and damaged files, copies, wrong labels and outliers.
//
// Promises:
// - Nothing in the folder is changed; findings can become an exclusion list.
// - A finding names its files, and says whether leaving them out is safe.
// - A second examination of an unchanged folder reads its records instead of the photos.
//
// Never trains a network; it only asks one for features, and knows no runs.
//
// Where things are:
// - `DataDoctor`: the examination; `DoctorRun`: the same on a thread of its own.
// - `PhotoSurvey`, `PhotoRecord`, `RecordFile`: what is read of each photo, and kept; `PhotoExaminer`: by one
//   process, `SharedSurvey`: by the ranks of a job.
// - `Diagnosing`, `Finding`: from records to a report.
// - `FileCheck`, `DuplicateSearch`, `LabelCheck`, `OutlierSearch`: one kind of finding each.
// - `DoctorFailure`: what can go wrong, also where the examination goes on.
// - `PerceptualHash`, `FeatureMatrix`, `FeatureNeighbors`, `FoldedHead`: their means.
