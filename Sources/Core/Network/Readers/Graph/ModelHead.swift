package import Basics

/// A model's layers after the base, and what they answer.
package struct ModelHead: Sendable, Equatable {
    /// The form of a model's answer.
    package enum Answer: Sendable, Equatable {
        /// A photo belongs to one of so many classes; the probabilities add up to 1.
        case classes(Int)
        /// A photo may have any of so many labels, each with its own probability.
        case labels(Int)
    }

    package enum Form: Sendable, Equatable {
        /// Global average pooling, one dense layer and softmax, as in this program's runs: kernel
        /// [channels, classes], bias [classes].
        case standard(kernel: Tensor, bias: Tensor)
        case program(HeadProgram)
    }

    package var form: Form
    package var answer: Answer

    package var count: Int {
        switch answer {
        case .classes(let count), .labels(let count): count
        }
    }

    /// - Parameter kernel: [channels, outputs]. One output means two classes.
    init(kernel: Tensor, bias: Tensor) {
        let outputs = bias.values.count
        if outputs > 1 {
            (form, answer) = (.standard(kernel: kernel, bias: bias), .classes(outputs))
            return
        }
        var program = HeadProgram()
        let channels = kernel.shape[0]
        let pooled = program.append(.globalPooling(isMaximum: false), [0], channels: [channels])
        let scores = program.append(
            .dense(kernel: kernel.values, bias: bias.values), [pooled], channels: [channels])
        let sigmoid = program.append(.activation(.sigmoid), [scores], channels: [1])
        _ = program.append(.complement, [sigmoid], channels: [1])
        program.outputs = 2
        (form, answer) = (.program(program), .classes(2))
    }

    init(_ program: HeadProgram, _ answer: Answer) {
        (form, self.answer) = (.program(program), answer)
        let steps = program.steps
        guard case .classes(let count) = answer, steps.count == 3,
            steps[0].operation == .globalPooling(isMaximum: false),
            case .dense(let kernel, let bias) = steps[1].operation,
            steps[2].operation == .activation(.softmax), steps.map(\.inputs) == [[0], [1], [2]]
        else { return }
        form = .standard(
            kernel: Tensor(shape: [steps[1].channels[0], count], values: kernel),
            bias: Tensor(shape: [count], values: bias))
    }
}
