package import Keys
import Phrases
import Recipes

/// A line of the help.
package enum HelpLine: Sendable {
    case heading(String)
    /// A binding, and what stands in its way, unless the heading says so.
    case binding(KeyBinding, obstacle: String?)
}

/// The help's order, and carrying out a command from anywhere.
extension DashboardState {
    /// The help: the keys of the current screen first, then those that work everywhere, then the
    /// other screens'. With a query, the keys that match it, the closest first.
    package func helpLines(_ query: String) -> [HelpLine] {
        let found = keys.search(query, strings).filter { !$0.keys.isEmpty }
        guard query.allSatisfy({ $0 == " " }) else { return found.map(line) }
        func group(_ heading: String, _ isMember: (KeyBinding) -> Bool) -> [HelpLine] {
            let members = found.filter(isMember)
            // Within the screen, the keys of the current view come first.
            let sorted = members.filter { $0.matters(self) } + members.filter { !$0.matters(self) }
            guard let first = sorted.first else { return [] }
            // One reason for the whole group is said once.
            let shared = first.works(on: screen) ? first.disabled(self) : nil
            guard let shared, sorted.allSatisfy({ $0.disabled(self) == shared }) else {
                return [.heading(heading)] + sorted.map(line)
            }
            return [.heading("\(heading) – \(shared)")]
                + sorted.map { .binding($0, obstacle: nil) }
        }
        let here = group(strings(.helpHere, strings[screen.title])) {
            $0.screens?.contains(screen) ?? false
        }
        let training = group(strings[.helpTraining]) { $0.screens == nil && $0.needs.contains(.running) }
        let everywhere = group(strings[.helpEverywhere]) {
            $0.screens == nil && !$0.needs.contains(.running)
        }
        return here + training + everywhere
            + Screen.allCases.filter { $0 != screen }.flatMap { other in
                // The heading says where they work.
                group(strings(.helpElsewhere, strings[other.title])) { binding in
                    !binding.works(on: screen)
                        && Screen.allCases.first { binding.works(on: $0) } == other
                }
            }
    }

    /// A binding with what stands in its way.
    package func line(_ binding: KeyBinding) -> HelpLine {
        .binding(binding, obstacle: obstacle(binding))
    }

    /// Why a binding cannot be used at the moment, or where it works; nil if it can.
    package func obstacle(_ binding: KeyBinding) -> String? {
        if binding.works(on: screen) { return binding.disabled(self) }
        let names = Screen.allCases.filter(binding.works).map { strings[$0.title] }
        return strings(.onScreens, names.joined(separator: ", "))
    }

    /// Goes to the screen and view in which a binding works, then performs it.
    mutating func performAnywhere(_ binding: KeyBinding) -> [Effect] {
        if !binding.works(on: screen), let place = Screen.allCases.first(where: binding.works) {
            show(place)
        }
        for requirement in binding.needs { goWhere(requirement) }
        return perform(binding, as: binding.describe(strings))
    }

    private mutating func goWhere(_ requirement: Requirement) {
        switch requirement {
        case .views(let views):
            guard screen == .data, !views.contains(data.view) else { break }
            if let view = DataView.allCases.first(where: views.contains) { show(view) }
        case .predictionViews(let views):
            guard screen == .predictions, !views.contains(predictions.settings.view) else { break }
            if let view = PredictionView.allCases.first(where: views.contains) { show(view) }
        case .on(let place, let requirement): if screen == place { goWhere(requirement) }
        case .exceptOn(let place, let requirement): if screen != place { goWhere(requirement) }
        default: break
        }
    }
}
