import Foundation
import Phrases
import Recipes
import Runs

extension TestScore {
    /// `test accuracy 0.9107 (95 % interval 0.8702–0.9395), loss 0.3012, on 280 photos, by the weights of epoch 7`.
    var words: String {
        let interval = Proportion(accuracy: accuracy, of: images)?.interval
        return String(format: "test accuracy %.4f", accuracy)
            + (interval.map { " (95 % interval \($0.fourDigits))" } ?? "")
            + String(format: ", loss %.4f", loss)
            + ", on \(images.of("photo")), by the weights of epoch \(epoch)"
    }
}
