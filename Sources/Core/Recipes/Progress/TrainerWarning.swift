import Foundation
package import Photos

/// A warning of a kind that front ends know, with the values in its message.
///
/// The English message that the log keeps is in `Wording`; a front end in another language words
/// the kind and the values anew.
package enum TrainerWarning: Sendable, Equatable {
    case dataset(DatasetProblem)
    /// The mean loss of a batch, and that of the batches before it.
    case lossJumped(to: Double, from: Double, epoch: Int, batch: Int)
    /// Training pauses.
    case lossNotANumber(epoch: Int, batch: Int)
    /// Training continues.
    case batchesNotApplied(epoch: Int, batch: Int)
    case noBestEpoch
    case frozenAlready
    case trainsAlready(layer: Int)
    case stageCannotBeShorter
    /// `reason` continues a sentence about the photo: "is empty".
    case photoSkipped(String, reason: String)
    case begunAgain
    case photosChanged(folder: String)
    case engineChanged(from: String, to: String)
    /// Balanced sampling and balanced class weights each compensate classes of different sizes.
    case balancedTwice
}

extension TrainerEvent.Warning {
    package init(_ warning: TrainerWarning) {
        let (kind, values) = warning.coded
        message = "\(warning)"
        (self.kind, self.values) = (kind, values)
        if case .photoSkipped(let photo, _) = warning { file = photo }
    }

    package init(_ problem: DatasetProblem) { self.init(.dataset(problem)) }
}

extension TrainerWarning {
    /// The kind and the values in the order that it states.
    fileprivate var coded: (kind: TrainerEvent.Warning.Kind, values: [String]) {
        switch self {
        case .dataset(let problem): problem.coded
        case .lossJumped(let loss, let before, let epoch, let batch):
            (.lossJumped, [loss.lossText, before.lossText, "\(epoch)", "\(batch)"])
        case .lossNotANumber(let epoch, let batch): (.lossNotANumber, ["\(epoch)", "\(batch)"])
        case .batchesNotApplied(let epoch, let batch): (.batchesNotApplied, ["\(epoch)", "\(batch)"])
        case .noBestEpoch: (.noBestEpoch, [])
        case .frozenAlready: (.frozenAlready, [])
        case .trainsAlready(let layer): (.trainsAlready, ["\(layer)"])
        case .stageCannotBeShorter: (.stageCannotBeShorter, [])
        case .photoSkipped(let photo, let reason): (.photoSkipped, [photo, reason])
        case .begunAgain: (.begunAgain, [])
        case .photosChanged(let folder): (.photosChanged, [folder])
        case .engineChanged(let before, let now): (.engineChanged, [before, now])
        case .balancedTwice: (.balancedTwice, [])
        }
    }
}

extension DatasetProblem {
    fileprivate var coded: (kind: TrainerEvent.Warning.Kind, values: [String]) {
        switch self {
        case .exclusionsMissing(let count, let folder, let first):
            (.exclusionsMissing, ["\(count)", folder, first])
        case .classOfOne(let name): (.classOfOne, [name])
        case .classOnlyInValidation(let name, let photos): (.classOnlyInValidation, [name, "\(photos)"])
        case .classesWithoutValidation(let names): (.classesWithoutValidation, [names.quotedList])
        case .systemFiles(let files): (.systemFiles, [files.list])
        case .emptyClasses(let names): (.emptyClasses, [names.quotedList])
        case .otherFiles(let files): (.otherFiles, [files.byKind.list, files.byClass.listByName])
        case .filesOfKerasOnly(let files): (.filesOfKerasOnly, [files.byKind.list, files.byClass.listByName])
        case .loosePhotos(let count): (.loosePhotos, ["\(count)"])
        case .hiddenFolders(let folders): (.hiddenFolders, [folders.listByName])
        case .classesAlike(let names): (.classesAlike, [names.map { "\"\($0)\"" }.joined(separator: ", ")])
        case .imbalance(let largest, let photos, let smallest, let fewest):
            (.imbalance, [largest, "\(photos)", smallest, "\(fewest)"])
        case .turnedPhotos(let turned): (.turnedPhotos, ["\(turned.total)", turned.listByName])
        }
    }
}

extension [String] {
    fileprivate var quotedList: String { NameList.joined(map(NameList.quoted)) }
}

extension Double {
    /// A loss in three digits, as warnings show it.
    package var lossText: String { String(format: "%.3g", self) }
}
