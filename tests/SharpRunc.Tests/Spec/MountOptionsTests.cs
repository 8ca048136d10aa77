using System;
using NUnit.Framework;
using SharpRunc.Core.Spec;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Spec;

using static SharpRunc.Linux.LibC.Libc;

internal sealed class MountOptionsTests
{
    private static MountOptions Parse(params string[] options) => MountOptions.Parse(options);

    [TestCase("ro", MOUNT_ATTR_RDONLY, 0ul)]
    [TestCase("rw", 0ul, MOUNT_ATTR_RDONLY)]
    [TestCase("nosuid", MOUNT_ATTR_NOSUID, 0ul)]
    [TestCase("suid", 0ul, MOUNT_ATTR_NOSUID)]
    [TestCase("nodev", MOUNT_ATTR_NODEV, 0ul)]
    [TestCase("dev", 0ul, MOUNT_ATTR_NODEV)]
    [TestCase("noexec", MOUNT_ATTR_NOEXEC, 0ul)]
    [TestCase("exec", 0ul, MOUNT_ATTR_NOEXEC)]
    [TestCase("nodiratime", MOUNT_ATTR_NODIRATIME, 0ul)]
    [TestCase("diratime", 0ul, MOUNT_ATTR_NODIRATIME)]
    [TestCase("nosymfollow", MOUNT_ATTR_NOSYMFOLLOW, 0ul)]
    [TestCase("symfollow", 0ul, MOUNT_ATTR_NOSYMFOLLOW)]
    [TestCase("noatime", MOUNT_ATTR_NOATIME, MOUNT_ATTR__ATIME)]
    [TestCase("atime", 0ul, MOUNT_ATTR__ATIME)]
    [TestCase("relatime", 0ul, MOUNT_ATTR__ATIME)]
    [TestCase("strictatime", MOUNT_ATTR_STRICTATIME, MOUNT_ATTR__ATIME)]
    [TestCase("nostrictatime", 0ul, MOUNT_ATTR__ATIME)]
    [Must("option.ro"), Must("option.dev"), Must("option.exec"), Must("option.suid"), Must("option.atime")]
    public void An_attribute_option_sets_or_clears_its_attribute_here_and_its_r_form_below(string option, ulong set, ulong clear)
    {
        MountOptions here = Parse(option), below = Parse("r" + option);
        Assert.Multiple(() =>
        {
            Assert.That((here.AttrSet, here.AttrClear, here.RecursiveSet, here.RecursiveClear), Is.EqualTo((set, clear, 0ul, 0ul)));
            Assert.That((below.AttrSet, below.AttrClear, below.RecursiveSet, below.RecursiveClear), Is.EqualTo((0ul, 0ul, set, clear)));
            Assert.That(here.Data, Is.Empty);
            Assert.That(below.Data, Is.Empty);
        });
    }

    [Test]
    public void Later_options_override_earlier_ones()
    {
        Assert.Multiple(() =>
        {
            Assert.That(Parse("ro", "rw").ReadOnly, Is.False);
            Assert.That(Parse("rw", "ro").ReadOnly, Is.True);
            Assert.That(Parse("ro", "rw").AttrClear, Is.EqualTo(MOUNT_ATTR_RDONLY));
            Assert.That(Parse("sync", "async").SuperblockFlags, Is.EqualTo(new[] { "async" }));
            Assert.That(Parse("noatime", "strictatime").AttrSet, Is.EqualTo(MOUNT_ATTR_STRICTATIME));
            Assert.That(Parse("strictatime", "atime").AttrSet, Is.EqualTo(MOUNT_ATTR_STRICTATIME));
            Assert.That(Parse("noatime", "norelatime").AttrSet, Is.EqualTo(MOUNT_ATTR_NOATIME));
            Assert.That(Parse("noatime", "atime").AttrSet, Is.Zero);
            Assert.That((Parse("norelatime").AttrSet, Parse("norelatime").AttrClear, Parse("norelatime").HasFlags),
                Is.EqualTo((0ul, 0ul, true)));
        });
    }

    [Test]
    [Must("option.sync"), Must("option.superblock")]
    public void Superblock_flags_keep_the_names_that_fsconfig_knows()
    {
        MountOptions options = Parse("lazytime", "sync", "dirsync", "mand", "iversion", "silent");
        Assert.That(options.SuperblockFlags, Is.EqualTo(new[] { "sync", "dirsync", "mand", "lazytime" }));
        Assert.That(options.MsFlags, Is.EqualTo(MS_SYNCHRONOUS | MS_DIRSYNC | MS_MANDLOCK | MS_LAZYTIME | MS_I_VERSION | MS_SILENT));
        Assert.That(Parse("async", "nomand", "nolazytime", "noiversion", "loud", "rsync", "rasync", "rmand", "rnomand").MsFlags, Is.Zero);
    }

    [Test]
    public void Propagation_is_kept_in_its_order()
        => Assert.That(Parse("rslave", "shared", "private", "runbindable").Propagation,
            Is.EqualTo(new[] { MS_SLAVE | MS_REC, MS_SHARED, MS_PRIVATE, MS_UNBINDABLE | MS_REC }));

    [Test]
    public void Bind_and_rbind_make_a_bind()
    {
        Assert.That((Parse("bind").IsBind, Parse("bind").Recursive), Is.EqualTo((true, false)));
        Assert.That((Parse("rbind", "bind").IsBind, Parse("rbind", "bind").Recursive), Is.EqualTo((true, true)));
        Assert.That(Parse("ro").IsBind, Is.False);
    }

    [Test]
    public void Defaults_is_nothing_at_all()
    {
        MountOptions options = Parse("defaults");
        Assert.That((options.AttrSet, options.AttrClear, options.MsFlags, options.Data.Length), Is.EqualTo((0ul, 0ul, 0u, 0)));
    }

    [Test]
    public void What_is_not_known_goes_to_the_file_system_in_its_order()
        => Assert.That(Parse("size=65536k", "ro", "newinstance", "mode=755", "RO", "rorw", "").Data,
            Is.EqualTo(new[] { "size=65536k", "newinstance", "mode=755", "RO", "rorw" }));

    [Test]
    public void Options_written_as_one_are_split_as_the_kernel_splits_them()
        => Assert.That(Parse("size=1m,mode=755,", @"lowerdir=/a\,b:/c,upperdir=/d", "context=\"u:r:t:s0:c1,c2\",x").Data,
            Is.EqualTo(new[] { "size=1m", "mode=755", @"lowerdir=/a\,b:/c", "upperdir=/d", "context=\"u:r:t:s0:c1,c2\"", "x" }));

    [Test]
    public void Words_for_the_runtime_never_reach_the_file_system()
    {
        MountOptions options = Parse("tmpcopyup", "idmap", "ridmap", "remount", "copy-symlink", "src-nofollow", "dest-nofollow",
            "idmap=uids=0-1-10");
        Assert.That((options.TmpCopyUp, options.IdMap, options.RIdMap, options.Remount, options.CopySymlink, options.SourceNoFollow,
            options.DestinationNoFollow), Is.EqualTo((true, true, true, true, true, true, true)));
        Assert.That(options.Data, Is.Empty);
    }

    [TestCase("async atime bind dev diratime dirsync exec noatime nodev nodiratime noexec norelatime nostrictatime nosuid private rbind "
        + "relatime remount "
        + "ro rprivate rshared rslave runbindable rw shared slave strictatime suid sync unbindable defaults iversion noiversion lazytime "
        + "nolazytime loud silent")]
    [TestCase("mand nomand nosymfollow symfollow rro rrw rsuid rnosuid rdev rnodev rexec rnoexec ratime rnoatime rdiratime rnodiratime "
        + "rrelatime rnorelatime "
        + "rstrictatime rnostrictatime rsymfollow rnosymfollow idmap ridmap tmpcopyup")]
    public void The_runtime_MUST_know_the_options_of_the_table(string names)
        => Assert.That(MountOptions.Parse(names.Split(' ')).Data, Is.Empty);

    /// <summary>
    /// Anything at all: it is parsed, what is known never reaches the file system, and what it says does not depend on what it was said
    /// before.
    /// </summary>
    [Test]
    public void Random_options_are_parsed_and_the_last_word_counts()
    {
        Random random = new(20261121);
        string[] words = [.. MountOptions.Applied(), "size=1m", "a,b", ",", "", "\"", "x=\"a,b\"", "\\,", "idmap=", "=", "rro ", "RO",
            "\u00e9\ud83d\ude00", new('x', 300), "upperdir=/a\\,b"];
        for (int i = 0; i < 100_000; i++)
        {
            string[] options = new string[random.Next(12)];
            for (int n = 0; n < options.Length; n++)
                options[n] = random.Next(20) == 0 ? RandomText(random) : words[random.Next(words.Length)];
            MountOptions parsed = Parse(options), twice = Parse([.. options, .. options]), before = Parse([.. words, .. options]);
            string said = string.Join(" | ", options);
            Assert.That((parsed.AttrSet & parsed.AttrClear & ~MOUNT_ATTR__ATIME,
                parsed.RecursiveSet & parsed.RecursiveClear & ~MOUNT_ATTR__ATIME, parsed.MsFlags & parsed.MsCleared),
                    Is.EqualTo((0ul, 0ul, 0u)), said);
            Assert.That((twice.Attributes, twice.MsFlags, twice.IsBind), Is.EqualTo((parsed.Attributes, parsed.MsFlags, parsed.IsBind)),
                said);
            string? last = Array.FindLast(options, option => option is "rro" or "rrw")
                ?? Array.FindLast(options, option => option is "ro" or "rw");
            Assert.That(parsed.ReadOnly, Is.EqualTo(last is "ro" or "rro"), said);
            if (last is "rro" or "rrw")
                Assert.That(before.ReadOnly, Is.EqualTo(parsed.ReadOnly), said);
            Assert.That(
                Array.Exists(parsed.Data, option => option.Length == 0 || Array.IndexOf(options, option) >= 0
                    && Array.IndexOf(MountOptions.Applied(), option) >= 0), Is.False, said);
        }
    }

    private static string RandomText(Random random)
    {
        char[] text = new char[random.Next(20)];
        for (int i = 0; i < text.Length; i++)
            text[i] = random.Next(3) == 0 ? ",\\\"=#@;"[random.Next(7)] : (char)random.Next(1, 0x10000);
        return new(text);
    }
}
