import Basics
package import Foundation

/// A message of a TensorBoard event file: a scalar, pictures, a text, or a part of the format's own
/// bookkeeping. As TensorFlow 2 writes them, each value is a tensor with the name of its plug-in.
///
/// Field numbers are those of event.proto, summary.proto and tensor.proto in TensorFlow, and of the
/// hparams plug-in's plugin_data.proto in TensorBoard.
package enum EventMessage: Sendable, Equatable {
    /// The first message of each file.
    case version
    /// Discards, in whatever reads the folder, the values from this step on.
    case restart
    case scalar(Float)
    /// A PNG.
    case picture(Data, width: Int, height: Int)
    /// Markdown.
    case text(String)
    /// The settings of a run for the hparams plug-in.
    case settings([String: Setting], start: Double)
    /// The end of a run for the hparams plug-in.
    case end(succeeded: Bool, Double)

    package enum Setting: Sendable, Equatable {
        case number(Double)
        case flag(Bool)
        case text(String)
    }

    /// Names by which the hparams plug-in finds a run's settings and its end.
    static let (settingsTag, endTag) = ("_hparams_/session_start_info", "_hparams_/session_end_info")

    private enum ElementType { static let (float, string) = (1, 7) }

    /// Returns the message's bytes.
    ///
    /// - Parameter time: seconds since 1970.
    func encoded(tag: String, step: Int, time: Double) -> Data {
        ProtobufWriter { event in
            event.double(1, time)
            if step != 0 { event.integer(2, step) }
            switch self {
            case .version: event.text(3, "brain.Event:2")
            case .restart: event.message(7) { $0.integer(1, 1) }
            default:
                event.message(5) { summary in
                    summary.message(1) { value in
                        value.text(1, tag)
                        value.message(8, writeTensor)
                        value.message(9) { metadata in metadata.message(1, writePlugin) }
                    }
                }
            }
        }.bytes
    }

    private func writeTensor(_ tensor: inout ProtobufWriter) {
        switch self {
        case .scalar(let value):
            tensor.integer(1, ElementType.float)
            tensor.data(2, Data())
            tensor.data(4, Data(littleEndian: value.bitPattern))
        case .picture(let png, let width, let height):
            tensor.integer(1, ElementType.string)
            tensor.message(2) { shape in shape.message(2) { $0.integer(1, 3) } }
            tensor.text(8, "\(width)")
            tensor.text(8, "\(height)")
            tensor.data(8, png)
        case .text(let text):
            tensor.integer(1, ElementType.string)
            tensor.data(2, Data())
            tensor.text(8, text)
        case .settings, .end, .version, .restart:
            tensor.integer(1, ElementType.float)
            tensor.data(2, Data())
            tensor.data(4, Data(littleEndian: Float(0).bitPattern))
        }
    }

    private func writePlugin(_ plugin: inout ProtobufWriter) {
        switch self {
        case .scalar: plugin.text(1, "scalars")
        case .picture: plugin.text(1, "images")
        case .text: plugin.text(1, "text")
        case .settings(let settings, let start):
            plugin.text(1, "hparams")
            plugin.message(2) { content in
                content.message(3) { session in
                    for (name, setting) in settings.sorted(by: { $0.key < $1.key }) {
                        session.message(1) { entry in
                            entry.text(1, name)
                            entry.message(2, setting.write)
                        }
                    }
                    session.double(5, start)
                }
            }
        case .end(let succeeded, let time):
            plugin.text(1, "hparams")
            plugin.message(2) { content in
                content.message(4) { end in
                    end.integer(1, succeeded ? 1 : 2)
                    end.double(2, time)
                }
            }
        case .version, .restart: break
        }
    }
}

extension EventMessage.Setting {
    /// Writes a google.protobuf.Value.
    fileprivate func write(_ value: inout ProtobufWriter) {
        switch self {
        case .number(let number): value.double(2, number)
        case .text(let text): value.text(3, text)
        case .flag(let flag): value.integer(4, flag ? 1 : 0)
        }
    }
}
