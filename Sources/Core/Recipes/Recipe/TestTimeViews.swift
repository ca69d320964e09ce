/// The views of a photo whose class probabilities are averaged when nothing trains (test-time
/// augmentation).
package enum TestTimeViews: String, Codable, Sendable, CaseIterable {
    /// The photo itself.
    case plain = "none"
    /// The photo and its mirror image.
    case flip
}
