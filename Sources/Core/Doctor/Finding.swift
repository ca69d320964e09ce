/// Something about the photos that is likely wrong.
public struct Finding: Codable, Sendable, Equatable {
    /// In the order of usefulness.
    public enum Kind: String, Codable, Sendable, CaseIterable {
        /// The file cannot be decoded.
        case unreadable
        /// One picture stands in two classes.
        case conflictingLabels = "conflicting_labels"
        /// One picture is in training as well as in validation.
        case leak
        /// The photo looks like another class.
        case wrongLabel = "wrong_label"
        /// The file decodes, but with errors.
        case damaged
        /// The same pixels more than once.
        case exactDuplicate = "exact_duplicate"
        /// Nearly the same picture more than once.
        case nearDuplicate = "near_duplicate"
        /// Hardly any contrast: one plain colour.
        case singleColor = "single_color"
        /// Far fewer pixels than the network sees.
        case tiny
        /// Much wider than high, or higher than wide.
        case extremeAspect = "extreme_aspect"
        /// Unlike the other photos of its class.
        case outlier
        /// The name promises another format.
        case wrongExtension = "wrong_extension"
        /// Grey, CMYK, a palette, alpha or 16 bits.
        case colorMode = "color_mode"

        /// Kinds whose files can be left out without a look at them: what is left out is useless or there twice.
        public static let safe: [Kind] = [.unreadable, .leak, .exactDuplicate, .nearDuplicate]
    }

    public var kind: Kind
    /// Paths relative to the data folder: the photo, or all copies of it.
    public var files: [String]
    /// Those of `files` to leave out: the photo; of copies all but one, and of copies in two classes all.
    public var leaveOut: [String]
    /// How sure or how strong it is, from 0 to 1; comparable within a kind only.
    public var score: Double
    /// One sentence for a person.
    public var sentence: String
    /// Of a wrong label: the class that the photo looks like.
    public var suggestedClass: String?

    public init(
        kind: Kind, files: [String], leaveOut: [String], score: Double, sentence: String,
        suggestedClass: String? = nil
    ) {
        (self.kind, self.files, self.leaveOut) = (kind, files, leaveOut)
        (self.score, self.sentence, self.suggestedClass) = (score, sentence, suggestedClass)
    }

    /// The more useful first: by kind, then by score, then by name.
    static func precedes(_ a: Finding, _ b: Finding) -> Bool {
        let (first, second) = (order[a.kind]!, order[b.kind]!)
        if first != second { return first < second }
        if a.score != b.score { return a.score > b.score }
        return a.files.lexicographicallyPrecedes(b.files)
    }

    private static let order = Dictionary(uniqueKeysWithValues: Kind.allCases.enumerated().map { ($1, $0) })
}

/// What the data doctor found in a folder; `data check --json` prints it (docs/data-check.md).
public struct DoctorReport: Codable, Sendable, Equatable {
    /// The folder.
    public var data: String
    /// Usable photos by class, without those left out.
    public var classes: [String: Int]
    public var training: Int
    public var validation: Int
    /// Listed files that are left out already.
    public var excluded: Int
    /// Files that cannot be used, and why.
    public var skipped: [SkippedPhoto]
    /// The most useful first.
    public var findings: [Finding]
    /// What could not be checked, and why, as sentences.
    public var warnings: [String]
    /// Files that were examined now; what is known of the others was kept from the last time.
    public var examined: Int

    /// Findings by kind; kinds that were not found are absent.
    public var counts: [Finding.Kind: Int] { Dictionary(grouping: findings, by: \.kind).mapValues(\.count) }

    /// The files to leave out for findings of these kinds, without repetition, sorted.
    public func exclusions(_ kinds: Set<Finding.Kind>) -> ExclusionList {
        ExclusionList(findings.filter { kinds.contains($0.kind) }.flatMap(\.leaveOut))
    }
}
