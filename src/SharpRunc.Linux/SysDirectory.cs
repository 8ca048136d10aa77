using System;
using System.Collections.Generic;
using System.Runtime.InteropServices;

namespace SharpRunc.Linux;

using static SharpRunc.Linux.LibC.Libc;

// Names in directories: create, remove, rename, list.
internal static unsafe partial class Sys
{
    public static void MkdirAt(Fd dir, string name, uint mode) => TryMkdirAt(dir, name, mode).ThrowIfFailed();

    public static SysError TryMkdirAt(Fd dir, string name, uint mode)
    {
        fixed (byte* p = CString(name))
        {
            LibraryCall call = new("mkdirat", name);
            while (call.IsDue)
                call.Returned(mkdirat(dir.Number, p, (mode_t)mode));
            return call.Error;
        }
    }

    /// <param name="mode">S_IF… and permission bits.</param>
    public static SysError TryMknodAt(Fd dir, string name, uint mode, ulong device)
    {
        fixed (byte* p = CString(name))
            return Attempt("mknodat", name, SYS_mknodat, dir.Number, (nint)p, (nint)mode, (nint)device);
    }

    public static SysError TrySymlinkAt(string target, Fd dir, string name)
    {
        fixed (byte* t = CString(target), p = CString(name))
        {
            LibraryCall call = new("symlinkat", name);
            while (call.IsDue)
                call.Returned(symlinkat(t, dir.Number, p));
            return call.Error;
        }
    }

    public static void UnlinkAt(Fd dir, string name, int flags = 0) => TryUnlinkAt(dir, name, flags).ThrowIfFailed();

    /// <param name="flags">AT_REMOVEDIR for a directory.</param>
    public static SysError TryUnlinkAt(Fd dir, string name, int flags = 0)
    {
        fixed (byte* p = CString(name))
        {
            LibraryCall call = new("unlinkat", name);
            while (call.IsDue)
                call.Returned(unlinkat(dir.Number, p, flags));
            return call.Error;
        }
    }

    public static void RenameAt(Fd fromDir, string from, Fd toDir, string to) => TryRenameAt(fromDir, from, toDir, to).ThrowIfFailed();

    /// <param name="flags">RENAME_….</param>
    public static SysError TryRenameAt(Fd fromDir, string from, Fd toDir, string to, int flags = 0)
    {
        fixed (byte* f = CString(from), t = CString(to))
            return Attempt("renameat2", to, SYS_renameat2, fromDir.Number, (nint)f, toDir.Number, (nint)t, flags);
    }

    public static string ReadLinkAt(Fd dir, string path)
    {
        byte[] buffer = new byte[4096];
        LibraryCall call = new("readlinkat", path);
        fixed (byte* p = CString(path), b = buffer)
            while (call.IsDue)
                call.Returned((nint)readlinkat(dir.Number, p, b, buffer.Length));
        return KernelText.Decode(buffer.AsSpan(0, (int)call.ResultOrThrow()));
    }

    /// <summary>
    /// Changes the owner of the file behind an O_PATH descriptor, or of <paramref name="name"/> in a directory, never through a link.
    /// </summary>
    public static SysError TryFchownAt(Fd dir, string name, uint uid, uint gid)
    {
        fixed (byte* p = CString(name))
        {
            LibraryCall call = new("fchownat", name);
            while (call.IsDue)
                call.Returned(fchownat(dir.Number, p, uid, gid, AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW));
            return call.Error;
        }
    }

    private const int EntriesSize = 8192;
    private const byte DT_DIR = 4;

    /// <summary>Names in a directory, without . and .. .</summary>
    public static List<string> ReadDirectory(Fd directory, string? subject = null)
    {
        List<string> names = [];
        fixed (byte* buffer = new byte[EntriesSize])
            while (ReadEntries(directory, buffer, subject, out Entries entries))
                while (entries.Next())
                    names.Add(KernelText.Decode(entries.Name));
        return names;
    }

    /// <summary>As many names as one read returns; none at the end.</summary>
    public static List<string> ReadSomeOfDirectory(Fd directory, string? subject = null)
    {
        List<string> names = [];
        fixed (byte* buffer = new byte[EntriesSize])
            while (names.Count == 0 && ReadEntries(directory, buffer, subject, out Entries entries))
                while (entries.Next())
                    names.Add(KernelText.Decode(entries.Name));
        return names;
    }

    /// <summary>
    /// Names of the directories in a directory, without . and .. ; requires a file system that reports types (cgroupfs does).
    /// </summary>
    public static List<string> Subdirectories(Fd directory, string? subject = null)
    {
        using NativeNames found = new();
        ReadSubdirectories(directory, found, subject);
        List<string> names = [];
        while (!found.IsEmpty)
            names.Add(found.Pop());
        names.Reverse();
        return names;
    }

    /// <summary>As <see cref="Subdirectories"/>, for any number of them.</summary>
    public static void ReadSubdirectories(Fd directory, NativeNames names, string? subject = null)
    {
        byte* buffer = stackalloc byte[EntriesSize];
        while (ReadEntries(directory, buffer, subject, out Entries entries))
            while (entries.Next())
                if (entries.Type == DT_DIR)
                    names.Push(entries.Name);
    }

    /// <summary>Reads the next entries; false at the end of the directory.</summary>
    /// <param name="buffer">Of <see cref="EntriesSize"/> bytes.</param>
    private static bool ReadEntries(Fd directory, byte* buffer, string? subject, out Entries entries)
    {
        nint length = Call("getdents64", subject, SYS_getdents64, directory.Number, (nint)buffer, EntriesSize);
        entries = new(buffer, (int)length);
        return length != 0;
    }

    /// <summary>struct linux_dirent64: ino 8, off 8, reclen 2, type 1, name. Without . and .. .</summary>
    private ref struct Entries(byte* buffer, int length)
    {
        private int next;

        /// <summary>DT_….</summary>
        public byte Type { get; private set; }

        public ReadOnlySpan<byte> Name { get; private set; }

        public bool Next()
        {
            while (next < length)
            {
                byte* entry = buffer + next;
                next += *(ushort*)(entry + 16);
                Type = entry[18];
                Name = MemoryMarshal.CreateReadOnlySpanFromNullTerminated(entry + 19);
                if (Name is not ([(byte)'.'] or [(byte)'.', (byte)'.']))
                    return true;
            }
            return false;
        }
    }
}
