/// A likely fault in the photos.
public struct Finding: Codable, Sendable, Equatable {
    /// Kinds of findings, most useful first.
    public enum Kind: String, Codable, Sendable, CaseIterable {
        /// The file cannot be decoded.
        case unreadable
        /// One picture is in more than one class.
        case conflictingLabels = "conflicting_labels"
        /// One picture is in both training and validation.
        case leak
        /// The photo looks like another class.
        case wrongLabel = "wrong_label"
        /// The file decodes, but with errors.
        case damaged
        /// The same pixels in more than one file.
        case exactDuplicate = "exact_duplicate"
        /// Nearly the same picture in more than one file.
        case nearDuplicate = "near_duplicate"
        /// Hardly any contrast: one plain colour.
        case singleColor = "single_color"
        /// Far fewer pixels than the network's input.
        case tiny
        /// Much wider than tall, or taller than wide.
        case extremeAspect = "extreme_aspect"
        /// Unlike the other photos of its class.
        case outlier
        /// The suffix names another format.
        case wrongExtension = "wrong_extension"
        /// Grey, CMYK, palette, alpha or 16 bits.
        case colorMode = "color_mode"

        /// Kinds whose files can be left out without review: they are useless or redundant.
        public static let safe: [Kind] = [.unreadable, .leak, .exactDuplicate, .nearDuplicate]
    }

    public var kind: Kind
    /// Paths relative to the data folder: the photo, or all copies of it.
    public var files: [String]
    /// Files to leave out: the photo itself; all copies but one; or all, if their labels conflict.
    public var leaveOut: [String]
    /// Confidence or severity, 0…1; comparable within a kind only.
    public var score: Double
    /// The finding in one sentence, for people.
    public var sentence: String
    /// For a wrong label, the class that the photo looks like.
    public var suggestedClass: String?

    public init(
        kind: Kind, files: [String], leaveOut: [String], score: Double, sentence: String,
        suggestedClass: String? = nil
    ) {
        (self.kind, self.files, self.leaveOut) = (kind, files, leaveOut)
        (self.score, self.sentence, self.suggestedClass) = (score, sentence, suggestedClass)
    }

    /// Orders findings by usefulness: by kind, then by score, then by name.
    static func precedes(_ a: Finding, _ b: Finding) -> Bool {
        let (first, second) = (order[a.kind]!, order[b.kind]!)
        if first != second { return first < second }
        if a.score != b.score { return a.score > b.score }
        return a.files.lexicographicallyPrecedes(b.files)
    }

    private static let order = Dictionary(uniqueKeysWithValues: Kind.allCases.enumerated().map { ($1, $0) })
}

/// The data doctor's report on a folder, as `data check --json` prints it (docs/data-check.md).
public struct DoctorReport: Codable, Sendable, Equatable {
    /// Path of the folder.
    public var data: String
    /// Usable photos by class, without those left out.
    public var classes: [String: Int]
    public var training: Int
    public var validation: Int
    /// Listed files that are already left out.
    public var excluded: Int
    /// Files that cannot be used, with reasons.
    public var skipped: [SkippedPhoto]
    /// Most useful first.
    public var findings: [Finding]
    /// Checks that could not be made, with reasons, as sentences.
    public var warnings: [String]
    /// Files examined in this check; the records of the others were kept from earlier ones.
    public var examined: Int

    /// Number of findings by kind; kinds without any are absent.
    public var counts: [Finding.Kind: Int] { Dictionary(grouping: findings, by: \.kind).mapValues(\.count) }

    /// Returns the files to leave out for findings of these kinds, sorted and without duplicates.
    public func exclusions(_ kinds: Set<Finding.Kind>) -> ExclusionList {
        ExclusionList(findings.filter { kinds.contains($0.kind) }.flatMap(\.leaveOut))
    }
}
