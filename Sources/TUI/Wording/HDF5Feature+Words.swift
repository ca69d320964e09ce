import Network

/// Noun phrases.
extension HDF5Feature {
    var english: String {
        switch self {
        case .newer(let thing): "\(thing.english) of a newer version"
        case .superblockVersion(let version): "a superblock of version \(version)"
        case .superblockAdditions: "a superblock with additions"
        case .addressWidth: "addresses of other than 8 bytes"
        case .driver: "a driver of its own"
        case .tooMuchStructure: "too much structure"
        case .unknownPart(let kind): "a part of the unknown kind \(kind)"
        case .sharedParts: "parts that objects share"
        case .endlessHeader: "a header of endless length"
        case .twoNames: "one thing under two names"
        case .circle(let path): "a circle of links, or one thing under two names, at \(path)"
        case .otherObject(let path): "something that is neither group nor dataset at \(path)"
        case .deeperGroups(let most): "groups more than \(most) deep"
        case .moreObjects(let most): "more than \(most) groups and datasets"
        case .manyMembers: "a group of very many members"
        case .endlessNames: "a group of endless names"
        case .longLinks: "links of great length"
        case .linksElsewhere: "links to other places"
        case .linksToFiles: "links to other places or files"
        case .filteredHeap: "a heap with filters"
        case .outsideAttributes: "attributes outside an object's header"
        case .extents(let rank): "a shape of \(rank) extents"
        case .permutedShape: "a permuted shape"
        case .integerBits: "whole numbers of unusual bits"
        case .numberBits: "numbers of unusual bits"
        case .textBytes(let size): "texts of \(size) bytes"
        case .textEncoding: "texts of unusual letters"
        case .moreTexts(let most): "more than \(most) MiB of texts"
        case .textDataset: "a dataset of texts of any length"
        case .enumeration: "an unusual enumeration"
        case .lists: "lists of any length"
        case .otherType: "values of a type that is neither number nor text"
        case .datasetVersion(let version): "datasets of version \(version)"
        case .externalValues: "values that lie in other files"
        case .unknownLayout: "values that lie in other files or in unknown ways"
        case .newChunkIndex: "chunks with an index of the newer kinds"
        case .skippedFilters: "chunks that leave out filters"
        case .filter(let number): "values packed by filter \(number)"
        case .packedTwice: "values packed more than once"
        case .moreValues(let count, let path, let most): "\(count) values in \(path), more than \(most)"
        case .largerChunks(let most): "chunks of more than \(most) MiB"
        case .morePacked(let most): "more than \(most) MiB of packed values"
        }
    }

    var chinese: String {
        switch self {
        case .newer(let thing): "更新版本的\(thing.chinese)"
        case .superblockVersion(let version): "版本 \(version) 的超级块"
        case .superblockAdditions: "带附加内容的超级块"
        case .addressWidth: "不是 8 字节的地址"
        case .driver: "专用的驱动程序"
        case .tooMuchStructure: "过多的结构信息"
        case .unknownPart(let kind): "未知类型 \(kind) 的部分"
        case .sharedParts: "由多个对象共享的部分"
        case .endlessHeader: "长度无穷的对象头"
        case .twoNames: "有两个名称的同一对象"
        case .circle(let path): "位于 \(path) 的循环链接或有两个名称的同一对象"
        case .otherObject(let path): "位于 \(path) 的既非组也非数据集的对象"
        case .deeperGroups(let most): "超过 \(most) 层的组"
        case .moreObjects(let most): "超过 \(most) 个组和数据集"
        case .manyMembers: "成员极多的组"
        case .endlessNames: "名称无穷的组"
        case .longLinks: "过长的链接"
        case .linksElsewhere: "指向别处的链接"
        case .linksToFiles: "指向别处或其他文件的链接"
        case .filteredHeap: "带过滤器的堆"
        case .outsideAttributes: "对象头之外的属性"
        case .extents(let rank): "\(rank) 维的形状"
        case .permutedShape: "经过置换的形状"
        case .integerBits: "位数不寻常的整数"
        case .numberBits: "位数不寻常的数值"
        case .textBytes(let size): "\(size) 字节的文本"
        case .textEncoding: "编码不寻常的文本"
        case .moreTexts(let most): "超过 \(most) MiB 的文本"
        case .textDataset: "由变长文本组成的数据集"
        case .enumeration: "不寻常的枚举"
        case .lists: "变长列表"
        case .otherType: "既非数值也非文本的类型"
        case .datasetVersion(let version): "版本 \(version) 的数据集"
        case .externalValues: "存于其他文件的数值"
        case .unknownLayout: "存于其他文件或以未知方式存放的数值"
        case .newChunkIndex: "使用新式索引的分块"
        case .skippedFilters: "跳过过滤器的分块"
        case .filter(let number): "用过滤器 \(number) 压缩的数值"
        case .packedTwice: "多重压缩的数值"
        case .moreValues(let count, let path, let most): "\(path) 中的 \(count) 个值，超过 \(most)"
        case .largerChunks(let most): "超过 \(most) MiB 的分块"
        case .morePacked(let most): "超过 \(most) MiB 的压缩数值"
        }
    }
}

extension HDF5Feature.Thing {
    fileprivate var english: String { self == .fillValues ? "fill values" : "\(self)" }

    fileprivate var chinese: String {
        switch self {
        case .groups: "组"
        case .links: "链接"
        case .attributes: "属性"
        case .shapes: "形状"
        case .types: "类型"
        case .fillValues: "填充值"
        case .filters: "过滤器"
        }
    }
}
