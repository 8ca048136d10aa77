using System;
using System.Linq;
using System.Reflection;
using NUnit.Framework;
using SharpRunc.Core.Spec;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Properties;

using static SharpRunc.Linux.LibC.Libc;

internal sealed class MountOptionProperties
{
    private static readonly string[] Words =
        [.. ((Array)typeof(MountOptions).GetField("Table", BindingFlags.Static | BindingFlags.NonPublic)!.GetValue(null)!)
        .Cast<object>().Select(row => (string)row.GetType().GetField("Item1")!.GetValue(row)!)];

    private static readonly string[] Data = ["size=1m", "mode=755", @"lowerdir=/a\,b:/c", "context=\"u:r:t:s0:c1,c2\"", "x", "", ",", ",,",
        "\"", "\\", "=", "idmap=x", "rO", "ro,rw", "\0", "é"];

    private static string[] Options(Dice dice) => dice.Many(12, () => dice.Once(3) ? dice.Text(3, Data) : dice.Of(Words));

    [Test]
    public void Any_list_is_taken_and_never_both_sets_and_clears_an_attribute() => Dice.Roll(20_000, dice =>
    {
        MountOptions options = MountOptions.Parse(Options(dice));
        bool apart = (options.AttrSet & options.AttrClear & ~MOUNT_ATTR__ATIME) == 0
            && (options.RecursiveSet & options.RecursiveClear & ~MOUNT_ATTR__ATIME) == 0
            && (options.AttrSet & MOUNT_ATTR__ATIME) is MOUNT_ATTR_RELATIME or MOUNT_ATTR_NOATIME or MOUNT_ATTR_STRICTATIME;
        // An atime that is set without all of its bits cleared is EINVAL in the kernel.
        bool whole = (options.AttrSet & MOUNT_ATTR__ATIME) == 0 || (options.AttrClear & MOUNT_ATTR__ATIME) == MOUNT_ATTR__ATIME;
        if (!apart || !whole)
            Assert.Fail($"{options.AttrSet:x} {options.AttrClear:x} {options.RecursiveSet:x} {options.RecursiveClear:x}");
    });

    [Test]
    public void What_is_no_word_of_the_runtime_reaches_the_file_system_whole_and_in_order_and_nothing_else_does()
        => Dice.Roll(20_000, dice =>
    {
        string[] given = Options(dice);
        string[] forUs = [.. Words, "idmap=", "ridmap="];
        string expected =
            string.Concat(
                given.Where(option => Array.IndexOf(Words, option) < 0 && !option.StartsWith("idmap=", StringComparison.Ordinal)
                    && !option.StartsWith("ridmap=", StringComparison.Ordinal)));
        string[] data = MountOptions.Parse(given).Data;
        // Commas separate, unless they are quoted or behind a backslash; no piece is empty, and none says what the runtime would take for
        // its own.
        if (string.Concat(data).Replace(",", "") != expected.Replace(",", "") || data.Any(piece => piece.Length == 0))
            Assert.Fail($"[{string.Join("|", given)}] became [{string.Join("|", data)}]");
    });

    [Test]
    public void The_last_word_wins() => Dice.Roll(5_000, dice =>
    {
        (string on, string off) = dice.Of(("ro", "rw"), ("nosuid", "suid"), ("nodev", "dev"), ("noexec", "exec"),
            ("nodiratime", "diratime"), ("nosymfollow", "symfollow"));
        string[] before = Options(dice);
        ulong alone = MountOptions.Parse([on]).AttrSet;
        MountOptions set = MountOptions.Parse([.. before, off, on]), cleared = MountOptions.Parse([.. before, on, off]);
        if ((set.AttrSet & alone) == 0 || (set.AttrClear & alone) != 0 || (cleared.AttrSet & alone) != 0
            || (cleared.AttrClear & alone) == 0)
            Assert.Fail($"{on} and {off} behind [{string.Join("|", before)}]");
    });
}
