using System.Globalization;
using System.IO;
using System.Text.Json;

namespace SharpRunc.Conformance.Inside;

/// <summary>What a container's program tries; the answer is the kernel's errno.</summary>
internal static unsafe class Acts
{
    public static int Do(Utf8JsonWriter json, string[] words)
    {
        string path = words[1];
        switch (words[0])
        {
            case "read":
                int error = Try(path, LibC.O_RDONLY);
                json.WriteString("text", error == 0 ? Facts.Read(path) : "");
                return error;
            case "open":
                return Try(path, words[2] == "w" ? LibC.O_WRONLY : LibC.O_RDONLY);
            case "create":
                return Try(path, LibC.O_WRONLY | LibC.O_CREAT);
            case "write":
                return Write(path, words[2]);
            case "stat":
                return Stat(json, path);
            case "list":
                return List(json, path);
            case "exec":
                return LibC.Exec(path);
            case "mknod":
                return LibC.Errno(LibC.mknod(path, 0x2180, LibC.MakeDevice(Number(words[2]), Number(words[3]))));
            case "mkdir":
                return LibC.Errno(LibC.mkdir(path, 0x1ED));
            case "chroot":
                return LibC.Errno(LibC.chroot(path));
            case "bind":
                return LibC.Errno(LibC.mount(path, words[2], null, 4096, null));
            case "socket":
                return LibC.Errno((int)LibC.syscall(LibC.SYS_socket, Number(path), Number(words[2]), 0, 0));
            case "syscall":
                nint got = LibC.syscall(Number(path), words.Length > 2 ? Number(words[2]) : 0, words.Length > 3 ? Number(words[3]) : 0, 0,
                    0);
                json.WriteNumber("result", got);
                return LibC.Errno(got < 0 ? -1 : 0);
            case "personality":
                json.WriteNumber("result", LibC.syscall(LibC.SYS_personality, unchecked((nint)0xffffffff), 0, 0, 0));
                return 0;
            case "mempolicy":
                int mode = 0;
                error = LibC.Errno((int)LibC.syscall(LibC.SYS_get_mempolicy, (nint)(&mode), 0, 0, 0));
                json.WriteNumber("result", mode);
                return error;
            case "allocate":
                byte[] memory = new byte[Number(path) << 20];
                for (int i = 0; i < memory.Length; i += 4096)
                    memory[i] = 1;
                return 0;
            default:
                json.WriteBoolean("unknown", true);
                return 38;
        }
    }

    private static int Number(string word) => int.Parse(word, CultureInfo.InvariantCulture);

    private static int Try(string path, int flags)
    {
        int fd = LibC.open(path, flags | LibC.O_NOCTTY | LibC.O_NONBLOCK, 0x1B6);
        int error = LibC.Errno(fd);
        if (fd >= 0)
            _ = LibC.close(fd);
        return error;
    }

    private static int Write(string path, string text)
    {
        int fd = LibC.open(path, LibC.O_WRONLY | LibC.O_NOCTTY, 0);
        if (fd < 0)
            return LibC.Errno(-1);
        byte[] bytes = System.Text.Encoding.UTF8.GetBytes(text);
        int error;
        fixed (byte* p = bytes)
            error = LibC.Errno((int)LibC.write(fd, p, bytes.Length));
        _ = LibC.close(fd);
        return error;
    }

    /// <summary>Of the file itself, not of what a link leads to.</summary>
    private static int Stat(Utf8JsonWriter json, string path)
    {
        byte* x = stackalloc byte[256];
        int error = LibC.Errno(LibC.statx(-100, path, 0x100, 0x7ff, x));
        if (error != 0)
            return error;
        ushort mode = *(ushort*)(x + 28);
        json.WriteString("type",
            (mode & 0xf000) switch { 0x2000 => "c", 0x6000 => "b", 0x4000 => "d", 0x8000 => "f", 0xa000 => "l", 0x1000 => "p", _ => "s" });
        json.WriteNumber("mode", mode & 0xfff);
        json.WriteNumber("uid", *(uint*)(x + 20));
        json.WriteNumber("gid", *(uint*)(x + 24));
        json.WriteNumber("major", *(uint*)(x + 128));
        json.WriteNumber("minor", *(uint*)(x + 132));
        json.WriteString("link", LibC.ReadLink(path) ?? "");
        return 0;
    }

    private static int List(Utf8JsonWriter json, string path)
    {
        if (!Directory.Exists(path))
            return 2;
        json.WriteStartArray("names");
        foreach (string entry in Directory.GetFileSystemEntries(path))
            json.WriteStringValue(Path.GetFileName(entry));
        json.WriteEndArray();
        return 0;
    }
}
