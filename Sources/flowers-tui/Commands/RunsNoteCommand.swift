import ArgumentParser
import Canvas
import Runs
import Store

struct RunsNoteCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "note", abstract: "Show a run's note, or set it; an empty text removes it.")

    @Argument(help: "The run's id.") var id: String
    @Argument(help: "The note; without one the present note is shown.") var text: String?
    @OptionGroup var options: RunsCommand.HomeOptions

    func run() throws {
        let store = try text == nil ? RunsCommand.List.store(options) : RunStore(home: options.path)
        if let text { try store.setNote(text, of: id) }
        let run = try store.show(id).run
        if options.json {
            Console.line(try run.jsonLine())
        } else if text == nil {
            Console.say(run.note.isEmpty ? "run \(run.run) has no note" : run.note)
        }
    }
}

struct RunsTagCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tag",
        abstract: "Add tags to a run or remove them; runs list --tag TAG shows those that have one.")

    @Argument(help: "The run's id.") var id: String
    @Argument(help: "Tags to add.") var tags: [String] = []
    @Option(help: "A tag to remove; may be given more than once.") var remove: [String] = []
    @OptionGroup var options: RunsCommand.HomeOptions

    func run() throws {
        let isChange = !tags.isEmpty || !remove.isEmpty
        let store = try isChange ? RunStore(home: options.path) : RunsCommand.List.store(options)
        if isChange { try store.tag(id, add: tags, remove: remove) }
        let run = try store.show(id).run
        if options.json { return Console.line(try run.jsonLine()) }
        Console.line(
            run.tags.isEmpty ? "run \(run.run) has no tags" : run.tags.map(visible).joined(separator: "\n"))
    }
}
