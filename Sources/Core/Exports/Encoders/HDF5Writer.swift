package import Basics
import CHDF5
package import Foundation
import Network

/// Writes an HDF5 file in memory: groups, tensors of Float32, and texts as attributes, as h5py
/// writes them for Keras.
///
/// Exists only inside `file`, which holds `HDF5Library`. No C type leaves this file. The same calls
/// give the same bytes.
package final class HDF5Writer {
    private let file: hid_t
    private let links: hid_t
    private let datasets: hid_t

    /// Returns the bytes of a file with what `body` writes.
    ///
    /// - Throws: a `FileFailure` if the library fails, which it does only without memory.
    package static func file(_ body: (HDF5Writer) throws -> Void) throws -> Data {
        try HDF5Library.exclusively {
            let writer = try HDF5Writer()
            try body(writer)
            return try writer.image()
        }
    }

    private init() throws {
        let access = try Self.checked(H5Pcreate(flowers_h5_file_access()))
        defer { H5Pclose(access) }
        _ = try Self.checked(H5Pset_fapl_core(access, 1 << 20, false))
        // H5F_ACC_TRUNC, a macro that Swift cannot import; no file of that name is touched.
        file = try Self.checked(H5Fcreate("export.h5", 2, flowers_h5_default(), access))
        links = try Self.checked(H5Pcreate(flowers_h5_link_creation()))
        datasets = try Self.checked(H5Pcreate(flowers_h5_dataset_creation()))
        _ = try Self.checked(H5Pset_create_intermediate_group(links, 1))
        _ = try Self.checked(H5Pset_obj_track_times(datasets, false))
    }

    deinit {
        H5Pclose(datasets)
        H5Pclose(links)
        H5Fclose(file)
    }

    private static func checked<Status: SignedInteger>(_ status: Status) throws -> Status {
        guard status >= 0 else { throw FileFailure.cannotBeWritten("the HDF5 file", code: ENOMEM) }
        return status
    }

    private func image() throws -> Data {
        // H5F_SCOPE_GLOBAL
        _ = try Self.checked(H5Fflush(file, H5F_scope_t(rawValue: 1)))
        let count = try Self.checked(H5Fget_file_image(file, nil, 0))
        var data = Data(count: count)
        let written = data.withUnsafeMutableBytes { H5Fget_file_image(file, $0.baseAddress, count) }
        guard written == count else { throw FileFailure.cannotBeWritten("the HDF5 file", code: ENOMEM) }
        return data
    }

    /// Creates a group, with those above it that are missing.
    package func group(_ path: String) throws {
        let group = try Self.checked(
            H5Gcreate2(file, path, links, flowers_h5_default(), flowers_h5_default()))
        H5Gclose(group)
    }

    /// Writes a tensor, in groups that are created if they are missing.
    package func tensor(_ path: String, _ tensor: Tensor) throws {
        let extents = tensor.shape.map { hsize_t($0) }
        let space = try Self.checked(H5Screate_simple(Int32(extents.count), extents, nil))
        defer { H5Sclose(space) }
        let dataset = try Self.checked(
            H5Dcreate2(
                file, path, flowers_h5_native_float(), space, links, datasets, flowers_h5_default()))
        defer { H5Dclose(dataset) }
        _ = try Self.checked(
            H5Dwrite(
                dataset, flowers_h5_native_float(), flowers_h5_all(), flowers_h5_all(), flowers_h5_default(),
                tensor.values))
    }

    /// Writes a text as an attribute of a group.
    package func attribute(_ name: String, of group: String = "/", _ text: String) throws {
        let space = try Self.checked(H5Screate(H5S_SCALAR))
        try write([text], name, of: group, space)
    }

    /// Writes a list of texts as an attribute of a group.
    package func attribute(_ name: String, of group: String, _ texts: [String]) throws {
        let space = try Self.checked(H5Screate_simple(1, [hsize_t(texts.count)], nil))
        try write(texts, name, of: group, space)
    }

    /// Writes an attribute and closes its `space`.
    private func write(_ texts: [String], _ name: String, of group: String, _ space: hid_t) throws {
        defer { H5Sclose(space) }
        let type = try Self.checked(H5Tcopy(flowers_h5_c_string()))
        defer { H5Tclose(type) }
        // H5T_VARIABLE, the largest size_t, which Swift takes for an Int.
        _ = try Self.checked(H5Tset_size(type, -1))
        _ = try Self.checked(H5Tset_cset(type, H5T_CSET_UTF8))
        let attribute = try Self.checked(
            H5Acreate_by_name(
                file, group, name, type, space, flowers_h5_default(), flowers_h5_default(),
                flowers_h5_default()))
        defer { H5Aclose(attribute) }
        if texts.isEmpty { return }
        let copies = texts.map { strdup($0) }
        defer { for copy in copies { free(copy) } }
        _ = try Self.checked(H5Awrite(attribute, type, copies))
    }
}
