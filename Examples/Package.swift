// swift-tools-version: 6.1
import PackageDescription

// Programs that use flowers-tui as a library. A package elsewhere would name its repository:
// .package(url: "…/flowers-tui", from: "1.0.0")
let package = Package(
    name: "Examples",
    dependencies: [.package(name: "flowers-tui", path: "..")],
    targets: [
        .executableTarget(
            name: "Train", dependencies: [.product(name: "FlowersTraining", package: "flowers-tui")]),
        .executableTarget(
            name: "Draw", dependencies: [.product(name: "FlowersPlots", package: "flowers-tui")]),
    ]
)
