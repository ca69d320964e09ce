import Canvas
import Keys
import Network
import Phrases
import Recipes
import Runs
import ScreenSupport
import Sessions
import Testing
import Training

@testable import Dashboard

@Suite struct PrecisionStateTests {
    @Test func theFormsOfANewRunAndOfABranchHaveThePrecision() throws {
        for (precision, other) in [(Precision.float32, Precision.bfloat16), (.bfloat16, .float32)] {
            var state = Sample.state()
            Sample.finish(&state)
            state.context?.recipe.basePrecision = precision
            _ = state.reduce(.key(.character("P")))
            guard case .form(var form) = state.dialog else { return #expect(Bool(false), "no form") }
            let index = try #require(form.fields.firstIndex { $0.label == .fieldPrecision })
            guard case .openSession(.new(let same)) = try #require(state.submit(form).first) else {
                return #expect(Bool(false), "no run")
            }
            #expect(same.basePrecision == precision)
            form.change(index, by: 1)
            guard case .openSession(.new(let changed)) = try #require(state.submit(form).first) else {
                return #expect(Bool(false), "no run")
            }
            #expect(changed.basePrecision == other)

            let recipe = try #require(state.context?.recipe)
            var branch = state.branchForm("0042", recipe)
            let field = try #require(branch.fields.firstIndex { $0.label == .fieldPrecision })
            branch.change(field, by: 1)
            guard case .branch(_, _, let changes) = try #require(state.submit(branch).first) else {
                return #expect(Bool(false), "no branch")
            }
            #expect(changes.applied(to: recipe).basePrecision == other)
        }
    }

    /// A new run in Float32 is told once that the processor has faster units.
    @Test func idleUnitsAreMentionedOnce() throws {
        func lines(_ state: DashboardState) -> Int {
            state.log.entries.count { $0.text.contains("AMX-BF16") }
        }
        let context = try #require(Sample.state().context)
        for precision in Precision.allCases {
            var (state, context) = (DashboardState(size: .init(columns: 80, rows: 24)), context)
            state.unusedUnits = "AMX-BF16"
            context.recipe.basePrecision = precision
            _ = state.reduce(.session(.ready(context), clock: ""))
            #expect(lines(state) == (precision == .float32 ? 1 : 0))
            let next = state.forNextSession()
            #expect(next.unusedUnits == nil)
        }
        var without = DashboardState(size: .init(columns: 80, rows: 24))
        _ = without.reduce(.session(.ready(context), clock: ""))
        #expect(lines(without) == 0)
    }

    @Test func thePrecisionIsAmongTheSettingsThatDiffer() {
        var (recipe, strings) = (Recipe(), Strings(.english))
        recipe.basePrecision = .bfloat16
        #expect(recipe.differences(from: Recipe(), strings) == ["precision bfloat16"])
        strings = Strings(.simplifiedChinese)
        #expect(recipe.differences(from: Recipe(), strings) == ["精度 bfloat16"])
    }
}
