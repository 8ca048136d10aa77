using System;
using System.Globalization;
using System.Text;
using SharpRunc.Linux;

namespace SharpRunc.Probe;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>
/// A process that is after others' session keyrings. usage: MODE ARGS, where MODE is
/// <code>
/// give NAME       makes a session keyring with a key, becomes its parent's, and says so
/// show            describes its own
/// revoke          revokes its own
/// fresh PROGRAM…  gets a new one and executes that
/// watch WORD FILE until FILE exists: says which keyrings with WORD in their names /proc/keys shows, and whether it could link or read them
/// </code>
/// </summary>
internal static unsafe class Keys
{
    private const int Revoke = 3, Describe = 6, Link = 8, Read = 11, SessionToParent = 18;

    public static int Run(string[] args)
    {
        switch (args[0])
        {
            case "give":
                Say($"joined {Sys.TryJoinSessionKeyring(args[1], out _) > 0}, added {Add(args[1]) > 0}, "
                    + $"given {syscall(SYS_keyctl, SessionToParent)}");
                break;
            case "show":
                byte* text = stackalloc byte[256];
                nint length = syscall(SYS_keyctl, Describe, KEY_SPEC_SESSION_KEYRING, (nint)text, 256);
                Say(length < 0 ? "none" : KernelText.Decode(new ReadOnlySpan<byte>(text, (int)length)).TrimEnd('\0'));
                break;
            case "revoke":
                return (int)syscall(SYS_keyctl, Revoke, KEY_SPEC_SESSION_KEYRING);
            case "fresh":
                syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, 0);
                Sys.Execve(args[1], Native.Strings(args[1..]), Native.Strings(ProcessStrings.Environment()));
                break;
            case "watch":
                Sys.TryJoinSessionKeyring("watcher", out _);
                Say("watching");
                Watch(args[1], args[2]);
                break;
        }
        return 0;
    }

    private static void Watch(string word, string end)
    {
        using Fd keys = Sys.OpenAt(Fd.Cwd, "/proc/keys", O_RDONLY);
        Span<byte> text = new byte[64 * 1024];
        byte[] sought = Encoding.ASCII.GetBytes(word);
        byte* read = stackalloc byte[64];
        do
        {
            _ = syscall(SYS_lseek, keys.Number, 0, 0);
            int length = 0;
            while (length < text.Length && Sys.TryRead(keys, text[length..], "keys") is > 0 and var got)
                length += got;
            foreach (Range range in ((ReadOnlySpan<byte>)text[..length]).Split((byte)'\n'))
            {
                ReadOnlySpan<byte> line = text[..length][range];
                if (line.IndexOf(sought) < 0 || !int.TryParse(line[..8], NumberStyles.HexNumber, CultureInfo.InvariantCulture, out int key))
                    continue;
                Say($"seen {key:x8}: linked {syscall(SYS_keyctl, Link, key, KEY_SPEC_SESSION_KEYRING) == 0}, "
                    + $"read {syscall(SYS_keyctl, Read, key, (nint)read, 64) >= 0}");
            }
        }
        while (Sys.TryOpenAt(Fd.Cwd, end, O_PATH, out _) is not { } found || Dispose(found));
    }

    private static bool Dispose(Fd found)
    {
        found.Dispose();
        return false;
    }

    private static nint Add(string name)
    {
        fixed (byte* type = Sys.CString("user"), key = Sys.CString(name))
            return syscall(SYS_add_key, (nint)type, (nint)key, (nint)key, 1, KEY_SPEC_SESSION_KEYRING);
    }

    private static void Say(string text) => Sys.TryWrite(Fd.Own(1), Encoding.UTF8.GetBytes(text + "\n"));
}
