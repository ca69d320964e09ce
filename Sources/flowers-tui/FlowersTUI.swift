import ArgumentParser

@main struct FlowersTUI: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "flowers-tui")
}
