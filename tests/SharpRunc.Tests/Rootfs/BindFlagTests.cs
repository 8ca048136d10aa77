using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using NUnit.Framework;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Rootfs;

/// <summary>
/// The flags of a bind, for each option and each pair of options, on a source that has no flag and on one that has all: as runc from 1.2 on
/// gives them. It says MS_BIND | MS_REMOUNT with the options' flags if there was one of them, set or cleared, and then mount_setattr(2) for
/// those of all below.
/// </summary>
internal sealed class BindFlagTests
{
    private const string All = "nosuid,nodev,noexec,noatime,nodiratime,nosymfollow";

    private static readonly (string Name, string Flag, bool Set)[] Single =
    [
        ("ro", "ro", true), ("rw", "ro", false), ("nosuid", "nosuid", true), ("suid", "nosuid", false), ("nodev", "nodev", true),
            ("dev", "nodev", false), ("noexec", "noexec", true),
        ("exec", "noexec", false), ("nosymfollow", "nosymfollow", true), ("symfollow", "nosymfollow", false),
            ("nodiratime", "nodiratime", true), ("diratime", "nodiratime", false),
        ("noatime", "noatime", true), ("relatime", "relatime", true), ("strictatime", "strictatime", true), ("atime", "noatime", false),
            ("norelatime", "relatime", false),
        ("nostrictatime", "strictatime", false), ("sync", "sync", true), ("async", "sync", false), ("dirsync", "dirsync", true),
            ("silent", "silent", true), ("loud", "silent", false),
    ];

    private static readonly string[] Times = ["noatime", "relatime", "strictatime"];

    private static string[] Options =>
    [
        "rprivate", "rslave", .. Single.Select(row => row.Name),
        .. Single.Where(row => row.Flag is not ("sync" or "dirsync" or "silent") && row.Name != "norelatime").Select(row => "r" + row.Name),
    ];

    [Test]
    public void The_flags_of_a_bind_are_its_options_alone_if_there_is_one_and_else_the_sources([Values("", All, "ro")] string source)
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle("cat", "/proc/self/mountinfo").Mounting("/b", "tmpfs", "b");
        string place = Path.Combine(runtime.Work, "source");
        MountTests.Mount("sh", "-ec", $"mkdir {place}; mount -t tmpfs "
            + $"source {place}; mount -o remount,bind,{(source.Length == 0 ? "rw" : source)} {place}; mount --make-private {place}");
        try
        {
            List<string[]> combinations = [[]];
            foreach (string first in Options)
            {
                combinations.Add([first]);
                combinations.AddRange(Options.Where(second => second != first).Select(second => new[] { first, second }));
            }
            for (int i = 0; i < combinations.Count; i++)
                bundle.Mounting($"/b/{i}", "bind", place, ["rbind", .. combinations[i]]);
            Dictionary<string, string> found = [];
            foreach (string line in runtime.RunBundle(bundle).Expect(0).Output.Split('\n', StringSplitOptions.RemoveEmptyEntries))
                found[line.Split(' ')[4]] = line.Split(' ')[5];
            List<string> wrong = [];
            for (int i = 0; i < combinations.Count; i++)
                if (Sorted(found[$"/b/{i}"]) is var seen && Expected(source, combinations[i]) is var expected && seen != expected)
                    wrong.Add($"{string.Join(',', combinations[i])}: {seen}, expected {expected}");
            Assert.That(wrong, Is.Empty);
            Assert.That(combinations, Has.Count.GreaterThan(1500));
        }
        finally
        {
            MountTests.Mount("umount", place);
        }
    }

    private static string Expected(string source, string[] options)
    {
        HashSet<string> flags = [.. source.Split(',', StringSplitOptions.RemoveEmptyEntries)];
        string time = flags.Remove("noatime") ? "noatime" : "relatime";
        bool noDirTime = flags.Remove("nodiratime");
        (string Name, string Flag, bool Set)[] here = [.. options.SelectMany(option => Single.Where(row => row.Name == option))];
        if (here.Length > 0)
        {
            flags.Clear();
            foreach ((_, string flag, bool set) in here)
                _ = set ? flags.Add(flag) : flags.Remove(flag);
            // An option of access times replaces the source's, and none leaves them. Of two the later one counts, where runc ors their
            // bits; atime and
            // nostrictatime are heard, where runc leaves what the source has.
            (string Name, string Flag, bool Set)[] times = [.. here.Where(row => Times.Contains(row.Flag) && row.Name != "norelatime")];
            if (times.Length > 0 || flags.Contains("nodiratime"))
                (time, noDirTime) = (AfterAll(times, "relatime"), false);
            noDirTime = noDirTime && !here.Any(row => row.Flag == "nodiratime") || flags.Contains("nodiratime");
        }
        foreach (string option in options)
            if (Single.FirstOrDefault(row => "r" + row.Name == option) is { Name: not null } row && option != "relatime")
            {
                if (row.Flag == "nodiratime")
                    noDirTime = row.Set;
                else if (!Times.Contains(row.Flag))
                    _ = row.Set ? flags.Add(row.Flag) : flags.Remove(row.Flag);
            }
        (string Name, string Flag, bool Set)[] below =
            [.. options.SelectMany(option => Single.Where(row => "r" + row.Name == option && Times.Contains(row.Flag)))];
        if (below.Length > 0)
            time = AfterAll(below, "relatime");
        flags.ExceptWith(["sync", "dirsync", "silent", "relatime", "noatime", "strictatime", "nodiratime"]);
        if (!flags.Contains("ro"))
            flags.Add("rw");
        if (time != "strictatime")
            flags.Add(time);
        if (noDirTime)
            flags.Add("nodiratime");
        return Sorted(string.Join(',', flags));
    }

    private static string AfterAll((string Name, string Flag, bool Set)[] options, string time)
    {
        foreach ((_, string flag, bool set) in options)
            time = set ? flag : time == flag ? "relatime" : time;
        return time;
    }

    private static string Sorted(string flags) => string.Join(',', flags.Split(',').Order());
}
