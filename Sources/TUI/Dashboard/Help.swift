package import Keys
import Phrases
import Recipes

/// A line of the help.
package enum HelpLine: Sendable {
    case heading(String)
    case binding(KeyBinding)
}

/// The help's order, and carrying out a command from anywhere.
extension DashboardState {
    /// The help: the keys of the current screen first, then those that work everywhere, then the
    /// other screens'. With a query, the keys that match it, the closest first.
    package func helpLines(_ query: String) -> [HelpLine] {
        let found = keys.search(query, strings).filter { !$0.keys.isEmpty }
        guard query.allSatisfy({ $0 == " " }) else { return found.map(HelpLine.binding) }
        func group(_ heading: String, _ isMember: (KeyBinding) -> Bool) -> [HelpLine] {
            let members = found.filter(isMember)
            // Within the screen, the keys of the current view come first.
            let sorted = members.filter { $0.matters(self) } + members.filter { !$0.matters(self) }
            return sorted.isEmpty ? [] : [.heading(heading)] + sorted.map(HelpLine.binding)
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
                group(strings(.helpElsewhere, strings[other.title])) { binding in
                    !binding.works(on: screen)
                        && Screen.allCases.first { binding.works(on: $0) } == other
                }
            }
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
