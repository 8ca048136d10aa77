using System.Linq;
using System.Text.RegularExpressions;
using NUnit.Framework;
using SharpRunc.Core;
using SharpRunc.Core.Spec;
using SharpRunc.Core.Validation;
using SharpRunc.Parsing;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Properties;

/// <summary>Lists of processors, sizes, durations, versions, sysctl keys, ids of containers.</summary>
internal sealed class NumberProperties
{
    /// <summary>semver.org's own.</summary>
    private static readonly Regex SemVer = new(
        @"^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(?:-((?:0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*)(?:\.(?:0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*))*))?(?:\+([0-9a-zA-Z-]+(?:\.[0-9a-zA-Z-]+)*))?\z",
        RegexOptions.ECMAScript);

    [Test]
    public void A_list_of_numbers_comes_back_from_its_mask() => Dice.Roll(20_000, dice =>
    {
        string text = dice.Text(10, "0", "1", "7", "63", "64", "127", "-", "-", ",", ",", " ", "x", "8191", "8192", "99999999999", "+1",
            "\n", "٣");
        byte[]? mask = NumberList.TryParse(text, 8192);
        if (mask is null)
            return;
        int[] numbers = [.. Enumerable.Range(0, mask.Length * 8).Where(i => (mask[i / 8] >> (i % 8) & 1) != 0)];
        int[] expected = [.. text.Split([',', ' '], System.StringSplitOptions.RemoveEmptyEntries).SelectMany(Range).Distinct().Order()];
        if (!numbers.SequenceEqual(expected) || !mask.SequenceEqual(NumberList.TryParse(string.Join(',', numbers), 8192)!))
            Assert.Fail(text);
    });

    private static int[] Range(string range)
    {
        int[] ends = [.. range.Split('-').Select(int.Parse)];
        return [.. Enumerable.Range(ends[0], ends[^1] - ends[0] + 1)];
    }

    [Test]
    public void A_size_is_none_or_a_number_of_bytes_that_is_not_negative_but_for_no_limit() => Dice.Roll(20_000, dice =>
    {
        string text = dice.Text(6, "0", "1", "1024", "9223372036854775807", "9223372036854775808", ".", "5", "-1", "-", "k", "M", "g", "T",
            "p", "i", "b", "B", " ", "e9", "٣", "99999999999999999999999999999999");
        long? size = ByteSize.Parse(text);
        if (size < -1 || (size == -1 && text != "-1"))
            Assert.Fail($"\"{text}\" is {size}");
        long bytes = dice.Number();
        if (bytes >= 0 && ByteSize.Parse($"{bytes}") != bytes)
            Assert.Fail($"{bytes}");
    });

    [Test]
    public void A_duration_is_none_or_a_number_of_nanoseconds() => Dice.Roll(20_000, dice =>
    {
        GoDuration.Parse(dice.Text(8, "0", "1", "30", "9223372036854775807", "99999999999999999999999999999999", ".", "-", "+", "ns", "us",
            "µs", "ms", "s", "m", "h", " ", "d", "٣"));
        long seconds = dice.Below(int.MaxValue);
        if (GoDuration.Parse($"{seconds}s") != seconds * 1_000_000_000)
            Assert.Fail($"{seconds}");
    });

    [Test]
    public void A_version_is_taken_if_and_only_if_it_is_SemVer_and_of_the_major_version_1() => Dice.Roll(50_000, dice =>
    {
        string version = (dice.Once(3) ? "" : dice.Of("1.0.0", "1.2.3", "2.0.0"))
            + dice.Text(8, "1", "0", "00", "01", ".", "-", "+", "a", "rc", "Z9", "_", " ", "é", "٣", "\n", "");
        bool taken = true;
        try
        {
            VersionRules.MustBeSemVerOfOurMajor(version, new ValidationContext());
        }
        catch (ContainerException e) when (e.Pointer == "/ociVersion")
        {
            taken = false;
        }
        // Numbers of ten digits and more are refused, whatever SemVer says.
        if (!Regex.IsMatch(version, "[0-9]{10}")
            && taken != (SemVer.IsMatch(version) && version.StartsWith("1.", System.StringComparison.Ordinal)))
            Assert.Fail($"\"{version}\"");
    });

    [Test]
    public void A_sysctl_key_is_refused_or_names_one_file_below_proc_sys() => Dice.Roll(50_000, dice =>
    {
        string key = dice.Text(8, "net", "kernel", "ipv4", "core_pattern", ".", ".", "/", "/", "..", "./", "../", "~", "\0", "\n", " ", "é",
            "eth0.100", "");
        string path;
        try
        {
            path = SysctlRules.PathOf(key);
        }
        catch (ContainerException e) when (e.Pointer!.StartsWith("/linux/sysctl/", System.StringComparison.Ordinal))
        {
            return;
        }
        if (path.Split('/').Any(name => name is "" or "." or "..") || path.Length != key.Length
            || (path.Contains('/') && SysctlRules.PathOf(path) != path)
            || System.IO.Path.GetFullPath("/proc/sys/" + path.Replace("\0", "")) != "/proc/sys/" + path)
            Assert.Fail($"{key} is {path}");
    });

    [Test]
    public void An_id_of_a_container_is_one_harmless_name() => Dice.Roll(20_000, dice =>
    {
        string id = dice.Text(5, "a", "Z", "0", "_", "+", "-", ".", "..", "/", "\\", " ", "\0", "\n", "é", "~", "*", "");
        if (Core.State.ContainerId.IsValid(id) && (id is "." or ".." || !Regex.IsMatch(id, @"^[A-Za-z0-9_+.-]+\z")))
            Assert.Fail(id);
    });
}
