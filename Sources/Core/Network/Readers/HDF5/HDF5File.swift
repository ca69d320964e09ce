import Basics
import CHDF5
import Foundation

/// An HDF5 file open for reading: its datasets, their values, and string attributes.
///
/// The C library sees only files that `HDF5Structure` has let through. It is not thread safe: a file
/// exists only inside `withFile`, which holds `HDF5Library`. No C type leaves this file.
final class HDF5File {
    /// A dataset: its absolute path, such as `/model_weights/dense/dense/kernel`, and its shape.
    struct Dataset: Equatable {
        let path: String
        let shape: [Int]
        /// Whether it holds floating-point numbers, of any width.
        let isFloat: Bool
    }

    private let id: hid_t
    private let path: String
    private let paths: [String]

    private init(path: String, datasets paths: [String]) throws {
        self.paths = paths
        self.path = path
        // Nothing is written, so no lock is needed; where the file system has none, locking would
        // fail and the file would count as damaged.
        let access = H5Pcreate(flowers_h5_file_access())
        H5Pset_file_locking(access, false, true)
        id = H5Fopen(path, 0, access)
        H5Pclose(access)
        guard id >= 0 else {
            throw HDF5Failure(path, .notReadable)
        }
    }

    deinit { H5Fclose(id) }

    /// Opens the file at `path` for the duration of `body`.
    ///
    /// - Throws: `HDF5Failure` if the file is not a complete HDF5 file, or contains something that
    ///   Keras does not write; and whatever `body` throws.
    static func withFile<Result>(_ path: String, _ body: (HDF5File) throws -> Result) throws -> Result {
        let datasets: [String]
        do {
            datasets = try HDF5Structure.check(path)
        } catch let refusal as HDF5Refusal {
            throw HDF5Failure(path, .refused(refusal))
        }
        return try HDF5Library.exclusively { try body(HDF5File(path: path, datasets: datasets)) }
    }

    /// Whether the file begins with HDF5's signature.
    static func hasSignature(_ start: Data) -> Bool {
        start.starts(with: [0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A, 0x1A, 0x0A])
    }

    /// Returns all datasets below a group, sorted by name at each level.
    func datasets(under group: String = "/") throws -> [Dataset] {
        // The paths come from the check: when it lists a damaged group, the library frees memory
        // that it never allocated.
        try paths.filter { group == "/" || $0.hasPrefix(group + "/") }.map { path in
            let handle = H5Dopen2(id, path, flowers_h5_default())
            guard handle >= 0 else { throw damaged(path) }
            defer { H5Dclose(handle) }
            return try describe(handle, path)
        }
    }

    /// Whether a group or dataset of that path exists.
    func contains(_ path: String) -> Bool {
        // H5Lexists fails unless every component before the last exists.
        var prefix = ""
        for component in path.split(separator: "/") {
            prefix += "/" + component
            guard H5Lexists(id, prefix, flowers_h5_default()) > 0 else { return false }
        }
        return true
    }

    /// Reads a dataset as Float32, row major, converting from other widths.
    func values(of dataset: Dataset) throws -> [Float] {
        let handle = H5Dopen2(id, dataset.path, flowers_h5_default())
        guard handle >= 0 else { throw damaged(dataset.path) }
        defer { H5Dclose(handle) }
        let count = dataset.shape.reduce(1, *)
        var values = [Float](repeating: 0, count: count)
        let status = values.withUnsafeMutableBytes {
            H5Dread(
                handle, flowers_h5_native_float(), flowers_h5_all(), flowers_h5_all(), flowers_h5_default(),
                $0.baseAddress)
        }
        guard status >= 0 else { throw damaged(dataset.path) }
        return values
    }

    /// Returns a string attribute, scalar or array, of the object at `object`; nil if absent or not
    /// a string.
    ///
    /// Keras splits long attributes into `name0`, `name1` and so on, which are joined here.
    func strings(_ name: String, of object: String) -> [String]? {
        if let whole = attribute(name, of: object) { return whole }
        var joined: [String] = []
        var index = 0
        while let part = attribute("\(name)\(index)", of: object) {
            joined += part
            index += 1
        }
        return index > 0 ? joined : nil
    }
}

extension HDF5File {
    private func damaged(_ object: String) -> HDF5Failure { HDF5Failure(path, .object(object)) }

    private func describe(_ dataset: hid_t, _ path: String) throws -> Dataset {
        let space = H5Dget_space(dataset)
        guard space >= 0 else { throw damaged(path) }
        defer { H5Sclose(space) }
        let rank = H5Sget_simple_extent_ndims(space)
        guard rank >= 0 else { throw damaged(path) }
        var extents = [hsize_t](repeating: 0, count: Int(rank))
        H5Sget_simple_extent_dims(space, &extents, nil)
        let type = H5Dget_type(dataset)
        defer { H5Tclose(type) }
        let shape = extents.map { Int(clamping: $0) }
        let count = shape.reduce((1, false)) { total, extent in
            let product = total.0.multipliedReportingOverflow(by: extent)
            return (product.partialValue, total.1 || product.overflow)
        }
        guard !count.1, count.0 <= HDF5Structure.mostValues else { throw damaged(path) }
        return Dataset(path: path, shape: shape, isFloat: H5Tget_class(type) == H5T_FLOAT)
    }

    private func attribute(_ name: String, of object: String) -> [String]? {
        guard H5Aexists_by_name(id, object, name, flowers_h5_default()) > 0 else { return nil }
        let handle = H5Aopen_by_name(id, object, name, flowers_h5_default(), flowers_h5_default())
        guard handle >= 0 else { return nil }
        defer { H5Aclose(handle) }
        let (type, space) = (H5Aget_type(handle), H5Aget_space(handle))
        defer {
            H5Tclose(type)
            H5Sclose(space)
        }
        guard H5Tget_class(type) == H5T_STRING else { return nil }
        let count = Int(H5Sget_simple_extent_npoints(space))
        guard count > 0 else { return [] }
        if H5Tis_variable_str(type) > 0 {
            var pointers = [UnsafeMutablePointer<CChar>?](repeating: nil, count: count)
            return pointers.withUnsafeMutableBytes { buffer in
                guard H5Aread(handle, type, buffer.baseAddress) >= 0 else { return nil }
                defer { H5Dvlen_reclaim(type, space, flowers_h5_default(), buffer.baseAddress) }
                return buffer.bindMemory(to: UnsafeMutablePointer<CChar>?.self).map { pointer in
                    pointer.map { String(cString: $0) } ?? ""
                }
            }
        }
        let width = H5Tget_size(type)
        var bytes = [CChar](repeating: 0, count: count * width)
        guard width > 0, H5Aread(handle, type, &bytes) >= 0 else { return nil }
        return stride(from: 0, to: bytes.count, by: width).map { Self.text(bytes[$0..<$0 + width]) }
    }

    /// Decodes text up to the first NUL or the end.
    private static func text(_ characters: some Sequence<CChar>) -> String {
        String(decoding: characters.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
