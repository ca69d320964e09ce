// swift-tools-version: 6.1
import PackageDescription

let package = Package(
    name: "flowers-tui",
    products: [
        .executable(name: "flowers-tui", targets: ["flowers-tui"])
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/LebJe/TOMLKit", from: "0.6.0"),
    ],
    targets: [
        .systemLibrary(name: "CArchive", providers: [.apt(["libarchive-dev"])]),
        .systemLibrary(name: "CHDF5", pkgConfig: "hdf5", providers: [.apt(["libhdf5-dev"])]),
        .systemLibrary(name: "CNcurses", providers: [.apt(["libncurses-dev"])]),
        .systemLibrary(name: "COneDNN", providers: [.apt(["libdnnl-dev"])]),
        .systemLibrary(name: "COpenBLAS", pkgConfig: "openblas", providers: [.apt(["libopenblas-dev"])]),
        .systemLibrary(name: "CPNG", pkgConfig: "libpng", providers: [.apt(["libpng-dev"])]),
        .systemLibrary(
            name: "CTurboJPEG", pkgConfig: "libturbojpeg", providers: [.apt(["libturbojpeg0-dev"])]),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        .target(name: "CDirectColor", linkerSettings: [.linkedLibrary("dl")]),
        .target(name: "CKernels", exclude: ["kernels.inc"]),
        .target(
            name: "Core",
            dependencies: [
                "CArchive", "CHDF5", "CKernels", "COneDNN", "COpenBLAS", "CPNG", "CTurboJPEG", "CZlib",
                .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "GRDBSQLite", package: "GRDB.swift"),
                .product(name: "Logging", package: "swift-log"),
            ]),
        // Cells, pictures and plots: no terminal, nothing else of ours.
        .target(name: "Canvas", path: "Sources/Plots/Canvas"),
        .target(name: "Pictures", dependencies: ["Canvas"], path: "Sources/Plots/Pictures"),
        .target(name: "Plots", dependencies: ["Canvas"], path: "Sources/Plots/Plots"),
        // The dashboard, from keys and words to the terminal.
        .target(name: "Phrases", path: "Sources/TUI/Phrases"),
        .target(name: "Keys", dependencies: ["Core", "Phrases"], path: "Sources/TUI/Keys"),
        .target(name: "Themes", dependencies: ["Canvas", "Core", "TOMLKit"], path: "Sources/TUI/Themes"),
        .target(
            name: "Dashboard", dependencies: ["Canvas", "Core", "Keys", "Phrases", "Plots"],
            path: "Sources/TUI/Dashboard"),
        .target(
            name: "Screens",
            dependencies: ["Canvas", "Core", "Dashboard", "Keys", "Phrases", "Pictures", "Plots", "Themes"],
            path: "Sources/TUI/Screens"),
        .target(
            name: "Terminal",
            dependencies: [
                "CDirectColor", "CNcurses", "Canvas", "Core", "Dashboard", "Keys", "Phrases", "Pictures",
                "Screens", "Themes",
            ],
            path: "Sources/TUI/Terminal"),
        .target(
            name: "ScreenBenchmark",
            dependencies: [
                "Canvas", "Core", "Dashboard", "Pictures", "Plots", "Screens", "Terminal", "Themes",
            ],
            path: "Sources/TUI/ScreenBenchmark"),
        .executableTarget(
            name: "flowers-tui",
            dependencies: [
                "Canvas", "Core", "Dashboard", "Keys", "Phrases", "Pictures", "Plots", "ScreenBenchmark",
                "Screens", "TOMLKit", "Terminal", "Themes",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ]),
        .target(name: "TestSupport", dependencies: ["Core"], path: "Tests/TestSupport"),
        .testTarget(name: "CoreTests", dependencies: ["Core", "TestSupport"]),
        .testTarget(
            name: "EndToEndTests", dependencies: ["COpenBLAS", "Core", "TestSupport"], exclude: ["emulators"]),
        .target(
            name: "ScreenSupport",
            dependencies: ["Canvas", "Core", "Dashboard", "Phrases", "Screens", "Themes"],
            path: "Tests/ScreenSupport"),
        .testTarget(name: "CanvasTests", dependencies: ["Canvas"]),
        .testTarget(name: "PicturesTests", dependencies: ["Canvas", "Pictures"]),
        .testTarget(name: "PlotsTests", dependencies: ["Canvas", "Plots"]),
        .testTarget(name: "PhrasesTests", dependencies: ["Phrases"]),
        .testTarget(name: "KeysTests", dependencies: ["Core", "Keys", "Phrases", "TestSupport"]),
        .testTarget(
            name: "ThemesTests", dependencies: ["Canvas", "Core", "TOMLKit", "TestSupport", "Themes"]),
        .testTarget(
            name: "StateTests",
            dependencies: ["Canvas", "Core", "Dashboard", "Keys", "Phrases", "ScreenSupport"]),
        .testTarget(
            name: "ScreensTests",
            dependencies: [
                "Canvas", "Core", "Dashboard", "Keys", "Phrases", "ScreenSupport", "Screens", "TestSupport",
                "Themes",
            ],
            exclude: ["Snapshots"]),
        .testTarget(
            name: "TerminalTests",
            dependencies: [
                "CDirectColor", "CNcurses", "Canvas", "Core", "Dashboard", "Keys", "Pictures",
                "ScreenSupport", "Terminal", "TestSupport",
            ]),
    ]
)

// Sanitizers watch our own code, not that of the packages, which would take minutes more to build. The scripts in Tests say
// which: thread, address, or fuzzer,address with the fuzz driver, which links the libFuzzer that this brings.
if let sanitizers = Context.environment["FLOWERS_TUI_SANITIZE"] {
    let option = "-sanitize=\(sanitizers)"
    if sanitizers.contains("fuzzer") {
        package.targets += [
            .systemLibrary(name: "CLibFuzzer", path: "Tests/Fuzz/CLibFuzzer"),
            .executableTarget(
                name: "Fuzz",
                dependencies: [
                    "CLibFuzzer", "Canvas", "Core", "Dashboard", "Keys", "Screens", "TOMLKit", "Terminal",
                    "Themes",
                    .product(name: "ArgumentParser", package: "swift-argument-parser"),
                ],
                path: "Tests/Fuzz/Driver"),
        ]
    }
    for target in package.targets where target.type != .system {
        if ["CDirectColor", "CKernels"].contains(target.name) {
            target.cSettings = [
                .unsafeFlags([
                    "-f\(option.dropFirst())".replacing("fuzzer,", with: ""), "-fno-omit-frame-pointer",
                ])
            ]
        } else {
            target.swiftSettings = [.unsafeFlags([option])]
            // GNU's linker fails on what the sanitizers put in.
            target.linkerSettings = [.unsafeFlags(["-use-ld=lld", option])]
        }
    }
}
