// Phrases: every text of the dashboard, in every language.
//
// It promises that each catalogue holds every phrase. It never decides which phrase is shown, and
// imports nothing of ours.
//
// - Phrase: the texts by meaning
// - Language: the languages, the choice by environment, and `Strings`, the texts in one of them
// - English, SimplifiedChinese: a catalogue each
