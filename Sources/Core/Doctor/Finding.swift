package import Photos

/// A likely fault in the photos.
package struct Finding: Codable, Sendable, Equatable {
    /// Kinds of findings, most useful first.
    package enum Kind: String, Codable, Sendable, CaseIterable {
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
        /// Two photos that may be the same picture or only look alike.
        case similar
        /// Hardly any contrast: one plain colour.
        case singleColor = "single_color"
        /// Far fewer pixels than the network's input.
        case tiny
        /// Much wider than tall, or taller than wide.
        case extremeAspect = "extreme_aspect"
        /// EXIF says that photos of a class are to be turned; training does not turn them.
        case orientation
        /// Unlike the other photos of its class.
        case outlier
        /// The suffix names another format.
        case wrongExtension = "wrong_extension"
        /// Grey, CMYK, palette, alpha or 16 bits.
        case colorMode = "color_mode"

        /// Kinds whose files can be left out without review: they are useless or redundant.
        package static let safe: [Kind] = [.unreadable, .leak, .exactDuplicate, .nearDuplicate]
    }

    package var kind: Kind
    /// Paths relative to the data folder: the photo, or all copies of it.
    package var files: [PhotoPath]
    /// Files to leave out: the photo itself; all copies but one; or all, if their labels conflict.
    package var leaveOut: [PhotoPath]
    /// Confidence or severity, 0…1; comparable within a kind only.
    package var score: Double
    /// The finding in one sentence, for people.
    package var sentence: String
    /// For a wrong label, the class that the photo looks like.
    package var suggestedClass: String?

    package init(
        kind: Kind, files: [PhotoPath], leaveOut: [PhotoPath], score: Double, sentence: String,
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
package struct DoctorReport: Codable, Sendable, Equatable {
    /// Path of the folder.
    package var data: String
    /// Usable photos by class, without those left out.
    package var classes: Tally
    package var training: Int
    package var validation: Int
    /// Nil without test photos.
    package var test: Int?
    /// Listed files that are already left out.
    package var excluded: Int
    /// Files that cannot be used, with reasons.
    package var skipped: [SkippedPhoto]
    /// Most useful first.
    package var findings: [Finding]
    /// Checks that could not be made, with reasons, as sentences.
    package var warnings: [String]
    /// Files examined in this check; the records of the others were kept from earlier ones.
    package var examined: Int

    /// Number of findings by kind; kinds without any are absent.
    package var counts: [Finding.Kind: Int] { Dictionary(grouping: findings, by: \.kind).mapValues(\.count) }

    /// Returns the files to leave out for findings of these kinds, sorted and without duplicates.
    package func exclusions(_ kinds: Set<Finding.Kind>) -> ExclusionList {
        ExclusionList(findings.filter { kinds.contains($0.kind) }.flatMap(\.leaveOut))
    }
}
