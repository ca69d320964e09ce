/// What watches over a run while nobody looks; each can be switched off.
public struct Guards: Codable, Sendable, Equatable {
    /// Pauses before a batch is applied whose loss is not a number or far above what it was.
    public var divergence = true
    /// Ends a stage after so many epochs without a lower validation loss; nil: off.
    public var earlyStop: Int?
    /// Multiplies the learning rate by 0.1 after so many epochs without a lower validation loss (Keras'
    /// `ReduceLROnPlateau`); nil: off.
    public var reduceOnPlateau: Int?

    public init(divergence: Bool = true, earlyStop: Int? = nil, reduceOnPlateau: Int? = nil) {
        (self.divergence, self.earlyStop, self.reduceOnPlateau) = (divergence, earlyStop, reduceOnPlateau)
    }
}
