// swift-tools-version: 6.1
import PackageDescription

let layers = [
    "Basics", "Ranks", "Photos", "Network", "Recipes", "Runs", "Training", "Doctor", "Sessions", "Logs",
    "Store",
]

/// The layers of Core, for targets on top of all of them, but for the store: who needs it says so, and only those wait
/// for GRDB, which takes longest to build.
let core = layers.filter { $0 != "Store" }.map { Target.Dependency.byName(name: $0) }

/// The commit, as the Makefile names it.
let build = Context.environment["FLOWERS_TUI_BUILD"].flatMap { $0.isEmpty ? nil : $0 }

let package = Package(
    name: "flowers-tui",
    products: [
        .executable(name: "flowers-tui", targets: ["flowers-tui"]),
        .library(name: "FlowersTraining", targets: ["FlowersTraining"]),
        // Charts and photos as cells, for other terminal programs; see Sources/Plots/Canvas/Canvas.swift.
        .library(name: "FlowersPlots", targets: ["Canvas", "Pictures", "Plots"]),
    ],
    traits: [
        .trait(name: "MPI", description: "Train on several machines with Open MPI (libopenmpi-dev)."),
        .default(enabledTraits: []),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
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
        .target(name: "CBuild", cSettings: build.map { [.define("FLOWERS_TUI_BUILD", to: "\"\($0)\"")] }),
        .target(name: "CDirectColor", linkerSettings: [.linkedLibrary("dl")]),
        .target(
            name: "CKernels",
            exclude: [
                "bfloat16.inc", "depthwise.inc", "floats.inc", "images.inc", "kernels.inc", "outer.inc",
                "outer_tiles.inc", "products.inc", "products_pairs.inc", "products_tiles.inc",
                "resampling.inc", "rounding.inc", "tiles.inc", "vectors.inc",
            ]),
        // The only target that the trait changes.
        .target(
            name: "CMPI", cSettings: [.define("FLOWERS_TUI_MPI", .when(traits: ["MPI"]))],
            linkerSettings: [.linkedLibrary("mpi", .when(traits: ["MPI"]))]),
        .target(
            name: "CPhotoDecoders", dependencies: ["CPNG"],
            linkerSettings: [.linkedLibrary("jpeg"), .linkedLibrary("dl")]),
        .target(name: "CThreads"),
        // The layers of Core: each imports only those above it.
        .target(
            name: "Basics", dependencies: ["CArchive", "CKernels", "COneDNN", "CThreads", "CZlib"],
            path: "Sources/Core/Basics"),
        // The processes of a job, and what they exchange.
        .target(name: "Ranks", dependencies: ["Basics", "CMPI"], path: "Sources/Core/Ranks"),
        .target(
            name: "Photos",
            dependencies: ["Basics", "CKernels", "CPhotoDecoders", "Canvas", "CPNG", "CTurboJPEG"],
            path: "Sources/Core/Photos"),
        .target(
            name: "Network",
            dependencies: ["Basics", "CHDF5", "CKernels", "COneDNN", "COpenBLAS", "CZlib", "Ranks"],
            path: "Sources/Core/Network"),
        .target(
            name: "Recipes", dependencies: ["Basics", "Network", "Photos"], path: "Sources/Core/Recipes"),
        .target(
            name: "Runs", dependencies: ["Basics", "Photos", "Network", "Recipes"], path: "Sources/Core/Runs"),
        .target(
            name: "Store",
            dependencies: [
                "Basics", "Recipes", "Runs", .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "GRDBSQLite", package: "GRDB.swift"),
            ], path: "Sources/Core/Store"),
        .target(
            name: "Training",
            dependencies: ["Basics", "COpenBLAS", "Canvas", "Photos", "Network", "Ranks", "Recipes", "Runs"],
            path: "Sources/Core/Training"),
        .target(
            name: "Doctor",
            dependencies: ["Basics", "COpenBLAS", "Canvas", "Photos", "Network", "Ranks", "Recipes"],
            path: "Sources/Core/Doctor"),
        .target(
            name: "Sessions",
            dependencies: ["Basics", "Canvas", "Photos", "Network", "Ranks", "Recipes", "Runs", "Training"],
            path: "Sources/Core/Sessions"),
        // A run in the formats of other programs, and their logs as runs.
        .target(
            name: "Logs",
            dependencies: ["Basics", "Canvas", "Photos", "Recipes", "Runs", "Sessions", "Training"],
            path: "Sources/Core/Logs"),
        // Files that other programs open; only the program needs it.
        .target(
            name: "Exports",
            dependencies: ["Basics", "CHDF5", "COpenBLAS", "CZlib", "Network", "Recipes", "Runs"],
            path: "Sources/Core/Exports"),
        // The public face of the training: a library product.
        .target(
            name: "FlowersTraining",
            dependencies: ["Basics", "Photos", "Network", "Recipes", "Runs", "Training", "Wording"],
            path: "Sources/Core/FlowersTraining"),
        .target(
            name: "EngineBenchmark", dependencies: ["Basics", "CKernels", "COneDNN", "Photos", "Network"],
            path: "Sources/Core/EngineBenchmark"),
        // Cells, pictures and plots: no terminal, nothing else of ours.
        .target(name: "Canvas", path: "Sources/Plots/Canvas"),
        .target(name: "Pictures", dependencies: ["Canvas"], path: "Sources/Plots/Pictures"),
        .target(name: "Plots", dependencies: ["Canvas"], path: "Sources/Plots/Plots"),
        // The dashboard, from keys and words to the terminal.
        .target(name: "Phrases", path: "Sources/TUI/Phrases"),
        // The sentences for what can go wrong in Core; linked, it makes "\(error)" one of them.
        .target(name: "Wording", dependencies: core + ["Phrases"], path: "Sources/TUI/Wording"),
        .target(
            name: "Keys", dependencies: ["Basics", "Phrases", "Recipes", "Wording"], path: "Sources/TUI/Keys"),
        .target(
            name: "Themes", dependencies: ["Basics", "Canvas", "TOMLKit", "Wording"],
            path: "Sources/TUI/Themes"),
        .target(
            name: "Dashboard",
            dependencies: core + ["Canvas", "Exports", "Keys", "Phrases", "Plots", "Wording"],
            path: "Sources/TUI/Dashboard"),
        .target(
            name: "Screens",
            dependencies: core + [
                "Canvas", "Dashboard", "Keys", "Phrases", "Pictures", "Plots", "Themes", "Wording",
            ], path: "Sources/TUI/Screens"),
        .target(
            name: "Terminal",
            dependencies: core + [
                "CDirectColor", "CNcurses", "Canvas", "Dashboard", "Exports", "Keys", "Phrases", "Pictures",
                "Screens", "Store", "Themes", "Wording",
            ],
            path: "Sources/TUI/Terminal"),
        .target(
            name: "ScreenBenchmark",
            dependencies: core + [
                "Canvas", "Dashboard", "Pictures", "Plots", "Screens", "Terminal", "Themes",
            ],
            path: "Sources/TUI/ScreenBenchmark"),
        .executableTarget(
            name: "flowers-tui",
            dependencies: core + [
                "CBuild", "EngineBenchmark", "Canvas", "Dashboard", "Exports", "Keys", "Phrases", "Pictures",
                "Plots",
                "ScreenBenchmark", "Screens", "Store", "TOMLKit", "Terminal", "Themes", "Wording",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ]),
        // The programs of the package in Examples, so that the tests build and run them.
        .executableTarget(
            name: "TrainExample", dependencies: ["FlowersTraining"], path: "Examples/Sources/Train"),
        .executableTarget(
            name: "DrawExample", dependencies: ["Canvas", "Pictures", "Plots"], path: "Examples/Sources/Draw"),
        .target(
            name: "TestSupport", dependencies: core + ["Canvas", "Store", "Wording"],
            path: "Tests/TestSupport"),
        .testTarget(name: "BasicsTests", dependencies: ["Basics", "TestSupport"]),
        .testTarget(name: "RanksTests", dependencies: ["Basics", "Ranks"]),
        .testTarget(name: "PhotosTests", dependencies: ["Basics", "Canvas", "Photos", "TestSupport"]),
        // The kernels for AMX, with its tiles emulated.
        .target(name: "CEmulatedTiles", dependencies: ["CKernels"], path: "Tests/CEmulatedTiles"),
        .testTarget(
            name: "NetworkTests",
            dependencies: [
                "Basics", "CEmulatedTiles", "CKernels", "COneDNN", "Photos", "Network", "Ranks",
                "TestSupport",
            ]),
        .testTarget(
            name: "RecipesTests", dependencies: ["Basics", "Photos", "Network", "Recipes", "TestSupport"]),
        .testTarget(name: "RunsTests", dependencies: core + ["TestSupport"]),
        .testTarget(
            name: "TrainingTests", dependencies: core + ["COneDNN", "Canvas", "Store", "TestSupport"]),
        .testTarget(
            name: "DoctorTests",
            dependencies: [
                "Basics", "Canvas", "Photos", "Network", "Ranks", "Recipes", "Doctor", "TestSupport",
            ]),
        .testTarget(
            name: "ExportsTests",
            dependencies: ["Basics", "Exports", "Network", "Recipes", "Runs", "TestSupport"]),
        .testTarget(name: "LogsTests", dependencies: core + ["Canvas", "TestSupport"]),
        .testTarget(name: "FlowersTrainingTests", dependencies: ["FlowersTraining"] + core + ["TestSupport"]),
        .testTarget(name: "SessionsTests", dependencies: core + ["Canvas", "Store", "TestSupport"]),
        .testTarget(
            name: "StoreTests",
            dependencies: core + ["Store", "TestSupport", .product(name: "GRDB", package: "GRDB.swift")]),
        .testTarget(
            name: "EndToEndTests", dependencies: core + ["COpenBLAS", "Canvas", "TestSupport"],
            exclude: ["emulators"]),
        .target(
            name: "ScreenSupport",
            dependencies: core + ["Canvas", "Dashboard", "Phrases", "Screens", "Themes"],
            path: "Tests/ScreenSupport"),
        .testTarget(name: "CanvasTests", dependencies: ["Canvas"]),
        .testTarget(name: "PicturesTests", dependencies: ["Canvas", "Pictures"]),
        .testTarget(name: "PlotsTests", dependencies: ["Canvas", "Plots"]),
        .testTarget(name: "PhrasesTests", dependencies: ["Phrases"]),
        .testTarget(name: "WordingTests", dependencies: core + ["Phrases", "Wording"]),
        .testTarget(
            name: "KeysTests", dependencies: ["Basics", "Keys", "Phrases", "TestSupport", "Wording"]),
        .testTarget(
            name: "ThemesTests",
            dependencies: ["Basics", "Canvas", "Phrases", "TOMLKit", "TestSupport", "Themes", "Wording"]),
        .testTarget(
            name: "StateTests",
            dependencies: core + ["Canvas", "Dashboard", "Keys", "Phrases", "ScreenSupport", "Wording"]),
        .testTarget(
            name: "ScreensTests",
            dependencies: core + [
                "Canvas", "Dashboard", "Keys", "Phrases", "ScreenSupport", "Screens", "TestSupport", "Themes",
            ],
            exclude: ["Snapshots"]),
        .testTarget(
            name: "TerminalTests",
            dependencies: core + [
                "CDirectColor", "CNcurses", "Canvas", "Dashboard", "Keys", "Phrases", "Pictures",
                "ScreenSupport", "Terminal", "TestSupport", "Wording",
            ]),
    ]
)

let cTargets = [
    "CBuild", "CDirectColor", "CEmulatedTiles", "CKernels", "CMPI", "CPhotoDecoders", "CThreads",
]

// A file names each module that it uses, and imports as `package` what its declarations show to others.
for target in package.targets where target.type != .system && !cTargets.contains(target.name) {
    target.swiftSettings = [
        .enableUpcomingFeature("InternalImportsByDefault"), .enableUpcomingFeature("MemberImportVisibility"),
    ]
}

// `make check` lets no warning of ours pass. Elsewhere they stay warnings, so that a newer compiler, which may have new
// ones, still builds the program.
if Context.environment["FLOWERS_TUI_WARNINGS"] == "errors" {
    for target in package.targets where target.type != .system {
        if cTargets.contains(target.name) {
            target.cSettings = (target.cSettings ?? []) + [.unsafeFlags(["-Werror"])]
        } else {
            target.swiftSettings = (target.swiftSettings ?? []) + [.unsafeFlags(["-warnings-as-errors"])]
        }
    }
}

// Sanitizers watch our own code, not that of the packages, which would take minutes more to build. The scripts in Tests say
// which: thread, address, or fuzzer,address with the fuzz driver, which links the libFuzzer that this brings.
if let sanitizers = Context.environment["FLOWERS_TUI_SANITIZE"] {
    let option = "-sanitize=\(sanitizers)"
    if sanitizers.contains("fuzzer") {
        package.targets += [
            .systemLibrary(name: "CLibFuzzer", path: "Tests/Fuzz/CLibFuzzer"),
            .executableTarget(
                name: "Fuzz",
                dependencies: core + [
                    "CLibFuzzer", "Canvas", "Dashboard", "Exports", "Keys", "Screens", "Store", "TOMLKit",
                    "Terminal", "Themes",
                    .product(name: "ArgumentParser", package: "swift-argument-parser"),
                ],
                path: "Tests/Fuzz/Driver"),
        ]
    }
    for target in package.targets where target.type != .system {
        if cTargets.contains(target.name) {
            target.cSettings =
                (target.cSettings ?? []) + [
                    .unsafeFlags([
                        "-f\(option.dropFirst())".replacing("fuzzer,", with: ""), "-fno-omit-frame-pointer",
                    ])
                ]
        } else {
            target.swiftSettings = (target.swiftSettings ?? []) + [.unsafeFlags([option])]
            // GNU's linker fails on what the sanitizers put in.
            target.linkerSettings = [.unsafeFlags(["-use-ld=lld", option])]
        }
    }
}
