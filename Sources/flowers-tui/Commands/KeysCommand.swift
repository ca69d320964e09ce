import ArgumentParser
import Keys

struct KeysCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keys", abstract: "The dashboard's keys as a Markdown table (docs/keybindings.md).")

    func run() { Console.print(KeyReference.markdown) }
}
