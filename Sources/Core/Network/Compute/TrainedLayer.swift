import Basics

/// One convolution of the tail with its batch normalisation: gradients, moments and norms.
///
/// Batch normalisation is folded into the convolution, so the backward pass yields dw' and db', from
/// which the chain rule gives the gradients of w, γ and β:
///
///     w' = w·s,  b' = β − μ·s,  s = γ/√(σ²+ε)
///     dw = s·dw',  dγ = (Σ dw'·w − μ·db')/√(σ²+ε),  dβ = db'
package final class TrainedLayer {
    let convolution: Backbone.Convolution
    /// Whether the kernel (not only γ and β) trains.
    let trainsKernel: Bool
    let trainsNormalization: Bool
    /// Sum of the chunks' dw' as [out][fan in], and of their db' [out]; nil below the first layer
    /// that trains.
    let kernelGradient: Buffer?
    let biasGradient: Buffer
    let kernelMoments: Adam.Moments?
    let gammaMoments: Adam.Moments?
    let betaMoments: Adam.Moments?
    /// Ranges of output channels that are updated one by one, perhaps on different workers.
    let pieces: [Range<Int>]
    private var sums: [(kernel: Adam.Sums, normalization: Adam.Sums)?]

    init(_ convolution: Backbone.Convolution, fineTuneAt: Int, trains: Bool, pieces: [Range<Int>]) {
        let (outputs, count) = (convolution.outputChannels, convolution.outputChannels * convolution.fanIn)
        (self.convolution, self.pieces) = (convolution, pieces)
        trainsKernel = trains && convolution.layer >= fineTuneAt
        trainsNormalization = trains && convolution.normalizationLayer >= fineTuneAt
        kernelGradient = trains ? Buffer(count: count) : nil
        biasGradient = Buffer(count: outputs)
        kernelMoments = trainsKernel ? Adam.Moments(count: count) : nil
        gammaMoments = trainsNormalization ? Adam.Moments(count: outputs) : nil
        betaMoments = trainsNormalization ? Adam.Moments(count: outputs) : nil
        sums = Array(repeating: nil, count: pieces.count)
    }

    /// Sums of squares from the last update of the kernel, and of γ and β; nil before the first, and
    /// while they are frozen.
    var kernelSums: Adam.Sums? { kernelMoments == nil ? nil : total(\.kernel) }
    var normalizationSums: Adam.Sums? { total(\.normalization) }

    /// In the pieces' order, so that the number of threads does not affect the result.
    private func total(_ part: KeyPath<(kernel: Adam.Sums, normalization: Adam.Sums), Adam.Sums>)
        -> Adam.Sums?
    {
        guard var result = sums.first.flatMap({ $0 })?[keyPath: part] else { return nil }
        for piece in sums.dropFirst() {
            guard let piece else { return nil }
            result.add(piece[keyPath: part])
        }
        return result
    }

    /// A piece's part of the gradients: of dw', and of db'.
    func gradient(ofPiece piece: Int) -> [UnsafeMutableBufferPointer<Float>] {
        guard let kernelGradient else { return [] }
        let (channels, fanIn) = (pieces[piece], convolution.fanIn)
        return [
            .init(start: kernelGradient.pointer + channels.lowerBound * fanIn, count: channels.count * fanIn),
            .init(start: biasGradient.pointer + channels.lowerBound, count: channels.count),
        ]
    }

    /// Returns dγ of `channel`, given Σ dw'·w.
    func gammaGradient(_ parameters: NetworkParameters.Parameters, _ channel: Int, dot: Float) -> Float {
        parameters.inverseDeviation(channel)
            * (dot - parameters.mean.pointer[channel] * biasGradient.pointer[channel])
    }

    /// Takes one Adam step on a piece's kernel, γ and β with the reduced gradients.
    ///
    /// - Parameter keep: see `Adam.update`; for the kernel.
    func update(_ parameters: NetworkParameters.Parameters, piece: Int, keep: Float, stepSize: Float) {
        guard let gradient = kernelGradient?.pointer, let gammaMoments, let betaMoments else { return }
        let (fanIn, channels) = (convolution.fanIn, pieces[piece])
        var (kernelSums, normalizationSums) = (Adam.Sums(), Adam.Sums())
        for channel in channels {
            // Both need the values before the update.
            let scale = parameters.gamma.pointer[channel] * parameters.inverseDeviation(channel)
            var dot: Float = 0
            if let kernelMoments {
                let sums = Adam.update(
                    parameters.kernel.pointer, gradient, kernelMoments, offset: channel * fanIn,
                    count: fanIn, scale: scale, keep: keep, stepSize: stepSize)
                dot = sums.dot
                kernelSums.add(sums)
            } else {
                for i in channel * fanIn..<(channel + 1) * fanIn {
                    dot += gradient[i] * parameters.kernel.pointer[i]
                }
            }
            var dGamma = gammaGradient(parameters, channel, dot: dot)
            withUnsafePointer(to: &dGamma) {
                // `update` adds the offset to the gradient's pointer too, but there is only one
                // value.
                normalizationSums.add(
                    Adam.update(
                        parameters.gamma.pointer, $0 - channel, gammaMoments, offset: channel, count: 1,
                        stepSize: stepSize))
            }
        }
        normalizationSums.add(
            Adam.update(
                parameters.beta.pointer, biasGradient.pointer, betaMoments, offset: channels.lowerBound,
                count: channels.count, stepSize: stepSize))
        sums[piece] = (kernelSums, normalizationSums)
    }
}
