using System.Collections.Generic;
using System.IO;
using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using NUnit.Framework;

namespace SharpRunc.Tests.Support;

/// <summary>
/// A user without privileges who exists for the test's commands alone: each runs in a mount namespace of its own, where files in
/// /etc are covered by others that know him. On the host nothing is changed.
/// </summary>
internal sealed class OrdinaryUser(string prepare = "")
{
    /// <summary>Granted to him by /etc/subuid and /etc/subgid: 65536 from here.</summary>
    public const int FirstSubordinate = 200000;

    public const string Name = "sharprunc-test";

    /// <summary>Uid and gid.</summary>
    public const int Id = 54321;

    private string? directory;

    /// <summary>The directory and what is in it becomes his; those above let him through.</summary>
    public void Own(string path)
    {
        directory ??= path;
        File.SetUnixFileMode(path, (UnixFileMode)0x1ED);
        Chown(path);
        foreach (string entry in Directory.EnumerateFileSystemEntries(path, "*", SearchOption.AllDirectories))
            Chown(entry);
    }

    /// <summary>In a new user namespace his own id is root, and there is no other.</summary>
    public Bundle MapInto(Bundle bundle)
    {
        Own(bundle.Path);
        bundle.InNamespace("user");
        foreach (string name in new[] { "uidMappings", "gidMappings" })
            bundle.Linux[name] = new JsonArray(new JsonObject { ["containerID"] = 0, ["hostID"] = Id, ["size"] = 1 });
        // gid 5 is not mapped
        bundle.Mounts[2]!["options"] = new JsonArray("nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620");
        return bundle;
    }

    /// <summary>Beside his own id, which is root's, those that /etc/subuid grants him are 1…65536.</summary>
    public Bundle MapSubordinatesInto(Bundle bundle)
    {
        foreach (string name in new[] { "uidMappings", "gidMappings" })
            bundle.Linux[name] = new JsonArray(new JsonObject { ["containerID"] = 0, ["hostID"] = Id, ["size"] = 1 },
                new JsonObject { ["containerID"] = 1, ["hostID"] = FirstSubordinate, ["size"] = 65536 });
        return bundle;
    }

    public string[] Command(IReadOnlyList<string> command)
        => ["/usr/bin/unshare", "--mount", "--propagation", "private", "/bin/sh", "-ec", Introduce + prepare + Become, "sh", directory!,
            .. command];

    /// <summary>For a shell that has a mount namespace of its own; $1 is a directory for its files.</summary>
    public static readonly string Introduce = $"""
        for f in passwd group; do [ -e "$1/etc.$f" ] || cp /etc/$f "$1/etc.$f"; done
        if ! grep -q ^{Name}: "$1/etc.passwd"; then
          echo {Name}:x:{Id}:{Id}::/:/bin/sh >>"$1/etc.passwd"
          echo {Name}:x:{Id}: >>"$1/etc.group"
        fi
        for f in subuid subgid; do echo {Name}:{FirstSubordinate}:65536 >"$1/etc.$f"; done
        for f in passwd group subuid subgid; do
          [ -e /etc/$f ] || continue
          mount --bind "$1/etc.$f" /etc/$f
        done

        """;

    /// <summary>The rest of a shell's arguments is run by him.</summary>
    private static readonly string Become = $"""

        shift
        exec setpriv --reuid {Id} --regid {Id} --clear-groups -- "$@"
        """;

    /// <summary>Skips the test where the programs that map ranges of ids are missing.</summary>
    public static void RequireMappingPrograms()
    {
        if (!File.Exists("/usr/bin/newuidmap") || !File.Exists("/usr/bin/newgidmap"))
            Assert.Ignore("newuidmap and newgidmap are not installed (package uidmap)");
    }

    private static void Chown(string path) => Assert.That(lchown(path, Id, Id), Is.Zero, path);

    [DllImport("libc")]
    private static extern int lchown([MarshalAs(UnmanagedType.LPUTF8Str)] string path, int uid, int gid);
}
