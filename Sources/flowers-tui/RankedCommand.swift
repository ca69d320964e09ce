import ArgumentParser
import Basics
import Doctor
import Foundation
import Ranks
import Recipes
import Runs
import Sessions

/// A command that several ranks carry out together, under mpirun.
///
/// The first rank carries the command out, with the screen and the run's folder. The others compute with
/// it, print nothing, and leave with its exit code.
struct RankedCommand {
    /// The settings that every rank must be given alike, without the paths, which may differ from
    /// machine to machine.
    let request: String
    private let place: PlaceOptions
    /// Follows the first rank's orders on the others, and returns the exit code.
    private let follow: (RankGroup) throws -> Int32

    /// A command that trains.
    ///
    /// - Parameter data: the folder of this machine's photos; nil for the first rank's.
    init(_ recipe: Recipe?, resuming run: String? = nil, place: PlaceOptions, data: String?) throws {
        var settings = recipe ?? Recipe()
        (settings.data, settings.weights, settings.exclude, settings.continueFrom) = (nil, nil, nil, nil)
        request = try jsonLine(settings) + (run ?? "")
        self.place = place
        follow = {
            try RankFollower(
                $0, cache: Home.cachePath(), threads: place.threadCount, data: data.map(UserPath.absolute)
            ).run()
        }
    }

    /// A command that examines the photos of a folder.
    ///
    /// - Parameter request: its settings as text, without the paths.
    init(checking data: String, request: String, place: PlaceOptions) {
        (self.request, self.place) = (request, place)
        follow = { try SurveyFollower($0, data: data, threads: place.threadCount).run() }
    }

    /// - Parameter body: carries the command out on the first rank; gets nil if this process is alone.
    func run(_ body: (RankGroup?) throws -> Void) throws {
        guard let job = MPIJob() else { return try body(nil) }
        let ranks = RankGroup(try job.join())
        // Processes that this one starts, such as a run in the background, belong to no job.
        unsetenv("OMPI_COMM_WORLD_SIZE")
        ranks.endEarly { HeadlessRun.wasTerminated.isSet }
        do {
            let notices = try ranks.introduce(
                RankIntroduction(
                    version: Version.text(with: nil),
                    engine: SystemDescription(threads: place.threadCount).engine, options: request))
            if ranks.isFirst {
                for notice in notices { Console.error("warning: \(notice)") }
                try lead(ranks, body)
            } else {
                try obey(ranks)
            }
        } catch {
            guard let lost = ranks.failure else {
                ranks.end()
                throw error
            }
            // The first says why; if it is the one that does not answer, the next does.
            if ranks.isFirst || ranks.rank == 1 && lost.isSilenceOfFirst {
                Console.error((error as? any Failure ?? lost).line)
            }
            // Its connections close with it, and the first would take it for the one that has ended.
            if !ranks.isFirst, lost.isLossOfAnother { sleep(1) }
            ranks.abort()
            throw ExitCode.failure
        }
        ranks.end()
    }

    private func lead(_ ranks: RankGroup, _ body: (RankGroup?) throws -> Void) throws {
        do { try body(ranks) } catch {
            if ranks.failure == nil { ranks.dismiss(status: (error as? ExitCode)?.rawValue ?? 1) }
            throw error
        }
        ranks.dismiss(status: Console.status())
    }

    private func obey(_ ranks: RankGroup) throws {
        // The first decides when to end, and mpirun if it cannot.
        for number in [SIGINT, SIGTERM, SIGHUP] { signal(number, SIG_IGN) }
        let status = try follow(ranks)
        if status != 0 { throw ExitCode(status) }
    }
}

extension RankFailure {
    fileprivate var isSilenceOfFirst: Bool {
        if case .silent(let member, _) = self { member.rank == 0 } else { false }
    }

    /// Whether a rank has ended that is not the first.
    fileprivate var isLossOfAnother: Bool {
        switch self {
        case .gone(let member): member.rank != 0
        case .someGone: true
        default: false
        }
    }
}
