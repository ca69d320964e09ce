import Basics
import Ranks
import Testing
import Wording

@Suite struct RankFailureTests {
    private let member = RankMember(rank: 3, host: "node7", process: 1)
    private let inner = UserError(SafetensorsFailure("/in/ner", .noHeader))

    @Test func everyFailureHasWords() {
        expectSentences(RankFailure.notBuilt(ranks: 4), "4", "--traits MPI", "make run-mpi N=4")
        expectSentences(RankFailure.noJob, "mpirun")
        expectSentences(RankFailure.gone(member), "rank 3".suffixed, "node7", "flowers-tui runs resume")
        expectSentences(RankFailure.silent(member, seconds: 15), "rank 3", "node7", "15")
        expectSentences(RankFailure.endedWaiting(for: [member]), "rank 3", "node7")
        expectSentences(RankFailure.diverged([member]), "rank 3", "node7", "rank 0")
        expectSentences(RankFailure.noMemory([member]), "rank 3", "node7")
        expectSentences(RankFailure.versions([member], theirs: "1.1", ours: "1.2"), "node7", "1.1", "1.2")
        expectSentences(RankFailure.options([member, member]), "node7")
        expectSentences(RankFailure.photos([member], theirs: "22 a", ours: "24 b"), "node7", "22 a", "24 b")
        expectSentences(
            RankFailure.moreRanksThanPhotos(ranks: 5, batch: 4), "5", "4", "--batch-size", "mpirun -n")
        expectSentences(RankFailure.refused(member, inner), "node7", "/in/ner")
        expectSentences(
            RankNotice.engines([member], theirs: "AVX2", ours: "AVX-512"), "node7", "AVX2", "AVX-512")
        expectSentences(
            RankNotice.slowLink(from: member, to: member, bytesPerSecond: 11.4e6), "11.4",
            "btl_tcp_if_include")
        expectSentences(RankNotice.idle(ranks: 12, chunks: 8), "12", "8", "4")
    }
}

extension String {
    /// Without its first letter, which begins a sentence.
    fileprivate var suffixed: String { String(dropFirst()) }
}
