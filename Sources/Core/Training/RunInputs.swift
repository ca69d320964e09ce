/// Finds what a run works on: its weights and its photos, with progress reported on the way.
struct RunInputs: Sendable {
    let cache: String
    let threads: Int
    let mailbox: CommandMailbox
    let emit: @Sendable (SessionEvent) -> Void

    struct Weights {
        var tensors: NamedTensors
        /// Where they came from, in words.
        var description: String
        var isRandom: Bool
    }

    func weights(_ configuration: RunConfiguration) throws -> Weights {
        let network = MobileNetV2(imageSize: configuration.imageSize)
        if let path = configuration.weights {
            let loaded = try WeightsFile.read(path, into: network)
            return Weights(tensors: loaded.tensors, description: path, isRandom: false)
        }
        throw UserError("no weights: give --weights FILE")
    }

    func dataset(_ configuration: RunConfiguration) throws -> Dataset {
        guard let path = configuration.data else { throw UserError("no photos: give --data DIR") }
        return try Dataset(
            path: path, imageSize: configuration.imageSize, validationSplit: configuration.validationSplit,
            cacheDirectory: cache + "/pixels", threads: threads,
            progress: { [emit] done, total in
                emit(.preparing(Preparation(phase: "decoding photos", done: done, total: total, unit: .photos)))
            },
            isCancelled: { [mailbox] in mailbox.stopRequest != nil })
    }
}
