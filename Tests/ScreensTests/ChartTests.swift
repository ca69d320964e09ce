import Canvas
import Foundation
import Keys
import Phrases
import Plots
import Recipes
import ScreenSupport
import Testing
import Themes
import Training

@testable import Dashboard
@testable import Screens

@Suite struct ChartTests {
    var state = Sample.state()

    private func frame(_ state: DashboardState, _ depth: ColorDepth = .trueColor) throws -> CellBuffer {
        try Sample.view(depth).render(state)
    }

    // MARK: Axes and the mouse

    /// The charts as mouse targets in a frame of the state.
    private func targets(_ state: DashboardState) throws -> [(rect: Rect, chart: ChartTarget)] {
        let view = try Sample.view()
        _ = view.render(state)
        return view.targets.all.compactMap {
            if case .chart(let chart) = $0.target { ($0.rect, chart) } else { nil }
        }
    }

    @Test(arguments: ChartState.Axis.allCases) func aColumnLeadsBackToItsEpoch(kind: ChartState.Axis)
        throws
    {
        var state = state
        state.charts.axis = kind
        (state.charts.isOpen, state.charts.width, state.charts.end) = (true, 4, 6)
        let target = try #require(try targets(state).first?.chart)
        #expect(target.kind == .accuracy)
        let plot = target.plot
        for column in plot.column..<plot.column + plot.columns {
            state.charts.cursor = target.position(column: column)
            let drawn = try frame(state)
            #expect(
                (plot.row..<plot.row + plot.rows).contains { drawn[column, $0].text == "│" },
                "column \(column)")
        }
        // Beside the plot, the nearest end counts.
        #expect(target.position(column: -5) == target.position(column: plot.column - 1))
        #expect(abs(target.position(column: 500) - 6) < 1e-9)
    }

    @Test mutating func everyChartOnTheScreenIsATarget() throws {
        for layout in ChartLayout.allCases {
            state.charts.layout = layout
            let targets = try targets(state)
            // Charts without data are not targets.
            #expect(
                targets.map(\.chart.kind)
                    == state.charts.kinds.filter { $0 != .gradientNorm && $0 != .resources })
            for target in targets {
                #expect(target.rect.intersection(target.chart.plot) == target.chart.plot)
            }
        }
    }

    // MARK: Drawing

    @Test mutating func outliersAreCutAndTheTitleSaysSo() throws {
        #expect(try !frame(state).plainText.contains("outliers cut"))
        state.perform(.toggleRobust)
        #expect(try frame(state).plainText.contains("┌ loss (outliers cut) ─"))
        state.charts.isLogarithmic = true
        #expect(try frame(state).plainText.contains("┌ loss (log, outliers cut) ─"))
    }

    @Test func layoutsGiveWayToSmallerOnes() throws {
        func titles(_ layout: ChartLayout, _ columns: Int, _ rows: Int) throws -> Int {
            var state = Sample.state(columns: columns, rows: rows)
            state.charts.layout = layout
            let text = try frame(state).plainText
            return ChartKind.allCases.filter { text.contains("┌ \(Strings()[$0.title]) ") }.count
        }
        #expect(try titles(.six, 120, 40) == 6)
        #expect(try titles(.six, 80, 40) == 6)
        #expect(try titles(.six, 80, 24) == 2)
        #expect(try titles(.four, 80, 24) == 2)
        #expect(try titles(.four, 80, 40) == 4)
        #expect(try titles(.four, 80, 16) == 2)
        #expect(try titles(.six, 50, 24) == 1)
        #expect(try titles(.one, 200, 60) == 1)
    }

    @Test mutating func theSecondPhaseIsShadedWhereThereAreColours() throws {
        state.charts.isOpen = true
        let plot = try #require(try targets(state).first?.chart).plot
        let (head, tuned) = (plot.column + 2, plot.column + plot.columns - 2)
        let row = plot.row + plot.rows - 2
        let colour = try frame(state)
        #expect(colour[head, row].style.background != colour[tuned, row].style.background)
        // Everywhere, also behind curves and lines.
        for row in plot.row..<plot.row + plot.rows {
            #expect(colour[tuned, row].style.background == colour[tuned, plot.row].style.background)
        }
        let plain = try frame(state, ColorDepth.none)
        #expect(plain[head, row].style.background == plain[tuned, row].style.background)
        #expect(plain.plainText.contains("head") && plain.plainText.contains("┊fine-tune"))
    }

    @Test mutating func valuesThatHaveNoRoomAboveStandBelow() throws {
        state.charts.cursor = 3.4
        func edges(_ columns: Int) throws -> (top: String, bottom: String) {
            var state = state
            state.size = Size(columns: columns, rows: 24)
            state.charts.layout = .one
            let lines = try frame(state).plainText.split(separator: "\n").map(String.init)
            return (lines[1], lines.first { $0.hasPrefix("└") } ?? "")
        }
        #expect(try edges(120).top.hasSuffix(" epoch 3.40  batch 0.821  train 0.825  validation 0.800 ┐"))
        #expect(try edges(120).bottom.allSatisfy { "└─┘".contains($0) })
        #expect(try edges(60).top.hasSuffix(" epoch 3.40 ┐"))
        #expect(try edges(60).bottom.hasSuffix(" batch 0.821  train 0.825  validation 0.800 ┘"))
        #expect(try edges(40).bottom.hasSuffix(" b 0.821  t 0.825  v 0.800 ┘"))
    }

    @Test mutating func anOpenChartListsItsSeries() throws {
        state.charts.isOpen = true
        let lines = try frame(state).plainText.split(separator: "\n").map(String.init)
        let start = try #require(lines.firstIndex { $0.contains("series · newest") })
        #expect(
            lines[start + 1] == "│    series      value    min    max" + String(repeating: " ", count: 83)
                + "│")
        #expect(lines[start + 2].hasPrefix("│─ ─ validation  0.886  0.600  0.886 "))
        #expect(lines[start + 3].hasPrefix("│─── train       0.907  0.650  0.907 "))
        #expect(lines[start + 4].hasPrefix("│... batch       0.898  0.364  0.898 "))
        // Side by side when there is no room for them below each other.
        state.size = Size(columns: 100, rows: 13)
        #expect(try frame(state).plainText.contains("─ ─ validation  0.886  0.600  0.886   ─── train "))
    }

    @Test mutating func chanceIsShownWhereItIsInSight() throws {
        // The axis is not extended for it.
        #expect(try !frame(state).plainText.contains("chance"))
        state.perform(.toggleFull)
        #expect(try frame(state).plainText.contains("chance"))
    }

    /// The accuracy has the height for the values that are there; a key shows all from 0 to 1.
    @Test mutating func theFullRangeIsAKeyAway() throws {
        (state.charts.isOpen, state.charts.width, state.charts.end) = (true, 2, 6)
        func labels() throws -> [String] {
            let text = try frame(state).plainText
            return text.split(separator: "\n").compactMap { line in
                let label = String(line.dropFirst().prefix { $0 != " " })
                return Double(label) == nil ? nil : label
            }
        }
        #expect(try labels().allSatisfy { Double($0)! > 0.6 && Double($0)! < 1 } && labels().count > 2)
        Sample.press("Y", &state)
        #expect(try labels().first == "1.0" && labels().contains("0.0"))
        #expect(try frame(state).plainText.contains("accuracy (full range)"))
        state.charts.chosen = .learningRate
        #expect(try !frame(state).plainText.contains("full range)"))
    }

    @Test mutating func theLearningRateHasALogarithmicAxis() throws {
        state.charts.isOpen = true
        state.charts.chosen = .learningRate
        let text = try frame(state).plainText
        #expect(text.contains("┌ learning rate (log) ─") && text.contains("1e-03") && text.contains("1e-05"))
        // Tenths and hundredths of a rate have the same height: 5e-06 lies below 1e-05 in a chart
        // that begins with 1e-03.
        let target = try #require(try targets(state).first?.chart)
        #expect(target.kind == .learningRate)
    }

    /// Fifty changes leave the curves as they are: their glyphs take one row, and their words are
    /// at the crosshair and in the open chart.
    @Test(arguments: [
        Size(columns: 80, rows: 24), Size(columns: 120, rows: 40), Size(columns: 200, rows: 60),
    ])
    func manyChangesDoNotBuryTheCharts(size: Size) throws {
        var state = Sample.state(columns: size.columns, rows: size.rows)
        let before = try frame(state)
        for number in 0..<50 {
            _ = state.reduce(
                .session(
                    .training(
                        .commandApplied(
                            .init(
                                command: .multiplyLearningRate(number % 2 == 0 ? 0.5 : 2), epoch: number / 8,
                                step: number % 8, learningRate: 1e-4))), clock: ""))
        }
        let chart = try #require(try targets(state).first?.chart)
        let after = try frame(state)
        #expect(state.marks.count > 40)
        var changed: Set<Int> = []
        for row in chart.plot.row...chart.plot.row + chart.plot.rows {
            for column in chart.plot.column..<chart.plot.column + chart.plot.columns
            where after[column, row] != before[column, row] { changed.insert(row) }
        }
        #expect(changed == [chart.plot.row + chart.plot.rows])
        #expect(!after.plainText.contains("÷2 ") || !after.plainText.contains("LR ×2  "))
        state.charts.cursor = 2.25
        #expect(try frame(state).plainText.contains("LR "))
    }

    /// Pauses and single steps leave no mark.
    @Test mutating func pausesLeaveNoMark() throws {
        let before = try frame(state).plainText
        for command in [TrainerCommand.pause, .step, .resume, .stepEpoch] {
            _ = state.reduce(
                .session(
                    .training(
                        .commandApplied(.init(command: command, epoch: 6, step: 5, learningRate: 1e-4))),
                    clock: "12:01"))
        }
        let chart = try #require(try targets(state).first?.chart)
        let rows = chart.plot.row..<chart.plot.row + chart.plot.rows + 1
        let lines = { (text: String) in text.split(separator: "\n").map(String.init) }
        #expect(try Array(lines(frame(state).plainText)[rows]) == Array(lines(before)[rows]))
    }

    @Test mutating func anOpenChartWritesItsMarks() throws {
        #expect(try !frame(state).plainText.contains("↓ LR ÷2"))
        state.charts.isOpen = true
        #expect(try frame(state).plainText.contains("↓ LR ÷2"))
    }

    // MARK: Hints

    /// The open chart's hints are its own keys; they are the first, and fit on small screens.
    @Test(arguments: [80, 100, 120, 200], Language.allCases)
    func theOpenChartHasHintsOfItsOwn(columns: Int, language: Language) throws {
        var state = Sample.state(columns: columns, rows: 24, language: language)
        func hints() throws -> String {
            String(try frame(state).plainText.split(separator: "\n").last!)
        }
        let strings = state.strings
        #expect(try hints().contains(strings[.hintPause]) && !hints().contains(strings[.hintCrosshair]))
        state.charts.isOpen = true
        let text = try hints()
        #expect(text.contains("↑ ↓ \(strings[.hintOtherChart])"), "\(text)")
        #expect(text.contains("← → \(strings[.hintCrosshair])"), "\(text)")
        #expect(text.contains("enter \(strings[.hintClose])") || columns < 100, "\(text)")
        #expect(
            text.contains("? \(strings[.hintHelp])") && (!text.contains(strings[.hintStep]) || columns > 120),
            "\(text)")
        if columns >= 120 { #expect(text.contains(strings[.hintZoom]), "\(text)") }
    }

    /// Where the first validation gave no number, the star, the dialogs and the state name the same
    /// later epoch.
    @Test func theBestEpochIsTheSameOnTheScreenAndInTheState() throws {
        for events in [Sample.events, Sample.divergedEvents] {
            var state = Sample.state(events: events)
            let best = try #require(state.run.timeline.bestEpoch)
            #expect(best.epoch == 5)
            for keys in ["b", "B"] {
                Sample.press(keys, &state)
                let text = try frame(state).plainText
                let loss = String(format: "%.4f", best.validationLoss)
                #expect(text.contains("epoch 6  loss \(loss)"), "\(keys)")
                _ = state.reduce(.key(.escape))
            }
            (state.charts.isOpen, state.charts.chosen) = (true, .loss)
            let chart = try #require(try targets(state).first?.chart)
            let drawn = try frame(state)
            func isMarked(_ position: Double) -> Bool {
                let column = chart.column(of: position)
                return (0..<drawn.size.rows).contains { drawn[column, $0].text == "★" }
            }
            #expect(isMarked(6) && !isMarked(1))
        }
    }

    // MARK: More panels

    @Test mutating func resourcesShareAnAxis() throws {
        state.charts.isOpen = true
        state.charts.chosen = .resources
        #expect(try frame(state).plainText.contains("not measured yet"))
        _ = state.reduce(.resources(.init(memoryBytes: 300 << 20, cpuFraction: 0.5)))
        _ = state.reduce(.resources(.init(memoryBytes: 400 << 20, cpuFraction: 0.975)))
        let text = try frame(state).plainText
        #expect(text.contains("CPU and memory (of 512M)") && text.contains("400M") && text.contains("98%"))
        #expect(state.charts.history.resources.processor.values == [50, 97.5])
        #expect(state.charts.history.resources.positions == [6.5, 6.5])
    }

    @Test mutating func gradientNormsComeWithTheBatches() throws {
        state.charts.isOpen = true
        state.charts.chosen = .gradientNorm
        #expect(try frame(state).plainText.contains("no gradient norms"))
        var batch = try #require(state.batch)
        (batch.step, batch.gradientNorm) = (6, 2.5)
        _ = state.reduce(.session(.training(.batchEnded(batch)), clock: ""))
        #expect(state.charts.history.gradientNorm.values.last == 2.5)
        #expect(try frame(state).plainText.contains("2.5"))
    }

    @Test(arguments: [0, 1, 1023, 2047, 2048, 5000, 100_000]) func chartsShowABoundedNumberOfEpochs(
        count: Int
    ) {
        let epochs = (0..<count).map {
            TrainerEvent.EpochEnded(
                epoch: $0, stage: .head, trainLoss: 1, trainAccuracy: 1, validationLoss: 1,
                validationAccuracy: 1, trainSeconds: 1,
                validationSeconds: 1, imagesPerSecond: 1)
        }
        let shown = DashboardView.shown(epochs)
        #expect(shown.count == (count < 2048 ? count : shown.count) && shown.count < 2048)
        #expect(shown.last == epochs.last && shown.count >= min(count, 1024))
    }

    // MARK: A ghost

    private var recorded: [TrainerEvent] {
        Sample.events.compactMap { if case .training(let event) = $0 { event } else { nil } }
    }

    @Test mutating func aGhostIsOverlaidAndListed() throws {
        state.charts.ghosts = [GhostRun(name: "0003", events: recorded)]
        for kind in ChartKind.allCases where kind != .gradientNorm && kind != .resources {
            state.charts.isOpen = true
            state.charts.chosen = kind
            #expect(try frame(state).plainText.contains("─.─ 0003"), "\(kind)")
        }
        state.charts.chosen = .accuracy
        #expect(try frame(state).plainText.contains("─.. 0003 validation"))
        #expect(try frame(state).plainText.contains("0003 train"))
        state.charts.isOpen = false
        // With little room, the legend shows only the run itself.
        #expect(try frame(state).plainText.contains("─── train  ─ ─ validation ┐"))
    }
    /// Each run behind the charts has a colour of its own.
    @Test mutating func severalGhostsDifferInColour() throws {
        state.charts.ghosts = (1...8).map { GhostRun(name: "000\($0)", events: recorded) }
        state.charts.isOpen = true
        state.size = Size(columns: 200, rows: 60)
        let drawn = try frame(state)
        let lines = drawn.plainText.split(separator: "\n").map { Array($0) }
        let start = try #require(lines.firstIndex { String($0).contains("series · newest") })
        var colors: Set<Color> = []
        for (row, line) in lines.enumerated() where row > start {
            for column in line.indices where String(line[column...]).hasPrefix("─.─ 000") {
                colors.insert(drawn[column, row].style.foreground)
            }
        }
        #expect(colors.count == 8)
        let theme = try Sample.view().theme
        #expect(!colors.contains(theme.colors[.train]!) && !colors.contains(theme.colors[.validation]!))
    }
}
