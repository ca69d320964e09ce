package import Photos
import Phrases

extension PixelCacheProblem: Worded {
    package var english: String {
        switch self {
        case .inMemoryOnly(let failure): "The decoded photos are kept in memory only. \(failure)"
        case .decodedInEveryEpoch(let failure): "Photos are decoded anew in every epoch. \(failure)"
        case .notKept(let failure): "The decoded photos are not kept for the next run. \(failure)"
        case .mended(let file, let isSame):
            "The cached pixels of \(file) were damaged; it was decoded again\(isSame ? "" : ", and is no longer the photo that the run began with")."
        case .lost(let file):
            "The cached pixels of \(file) are damaged and the photo cannot be read any more; grey stands in for it."
        case .notCropped(let file):
            "\(file) cannot be read any more: its crops are now cut out of its cached pixels, which are coarser."
        }
    }

    package var simplifiedChinese: String {
        let words = Strings(.simplifiedChinese)
        return switch self {
        case .inMemoryOnly(let failure): "解码后的照片只保存在内存中。\(words(failure))"
        case .decodedInEveryEpoch(let failure): "每轮都会重新解码照片。\(words(failure))"
        case .notKept(let failure): "解码后的照片没有为下次运行保留。\(words(failure))"
        case .mended(let file, let isSame):
            "\(file) 的缓存像素已损坏；照片已重新解码\(isSame ? "" : "，但已不是运行开始时的那张")。"
        case .lost(let file): "\(file) 的缓存像素已损坏，且照片已无法读取；以灰色代替。"
        case .notCropped(let file): "\(file) 已无法读取：之后的裁剪取自较粗糙的缓存像素。"
        }
    }
}

extension PixelCacheFailure: Worded {
    package var english: String {
        "There is no memory for \(photos.of("photo")) (\(mebibytes) MiB), and no cache can be written; free some disk or choose another cache with $FLOWERS_TUI_CACHE."
    }

    package var simplifiedChinese: String {
        "内存不足以容纳 \(photos) 张照片（\(mebibytes) MiB），且无法写入缓存；请腾出磁盘空间，或用 $FLOWERS_TUI_CACHE 另选缓存。"
    }
}
