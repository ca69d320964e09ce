import Foundation
import TestSupport
import Testing

@testable import Basics
@testable import Doctor
@testable import Network
@testable import Photos

/// The doctor on real photos with planted faults; `make soak` names their folder.
@Suite struct DoctorProofTests {
    static let photos = ProcessInfo.processInfo.environment["FLOWERS_TUI_PHOTOS"].flatMap {
        $0.isEmpty ? nil : $0
    }

    @Test(
        .enabled(if: photos != nil, "FLOWERS_TUI_PHOTOS names no photo folder"),
        arguments: 1...3 as ClosedRange<UInt64>)
    func plantedFaultsAreFoundAmongRealPhotos(seed: UInt64) throws {
        let planted = try PlantedPhotos(try #require(Self.photos), seed: seed)
        let cache = try TemporaryFolder()
        var options = DataDoctor.Options(data: planted.data, cache: cache.path)
        options.weights = try WeightsSource(cache: Home.cachePath()).resolve(
            file: nil, report: SourceReport()
        ).path
        let report = try DataDoctor(options).examine()
        let found = planted.found(in: report)
        let others = planted.others(in: report).sorted { $0.key.rawValue < $1.key.rawValue }
        print(
            "seed \(seed): \(found.copies) of 10 copies, \(found.mislabeled) of 10 wrong labels, \(found.damaged) of 5 damaged files;"
        )
        print(
            "  about other photos: "
                + others.map { "\($0.value.count) \($0.key.rawValue)" }.joined(separator: ", "))
        for finding in others.flatMap(\.value) where Finding.Kind.safe.contains(finding.kind) {
            print("  \(finding.sentence)")
        }
        #expect(found.copies == 10 && found.mislabeled >= 8 && found.damaged == 5)
        let files = Set(
            others.flatMap(\.value).filter { Finding.Kind.safe.contains($0.kind) }.flatMap(\.leaveOut))
        #expect(
            files.count * 100 <= report.training + report.validation,
            "more than 1 % of the photos would be left out by mistake")
    }
}
