using System;
using System.Collections.Generic;
using System.Linq;
using NUnit.Framework;
using SharpRunc.Core;
using SharpRunc.Core.Cgroups;
using SharpRunc.Core.Cgroups.V2;
using SharpRunc.Core.Spec;
using SharpRunc.Linux;
using SharpRunc.Linux.Bpf;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Cgroups;

using static SharpRunc.Linux.LibC.Libc;

public class DeviceSetTests
{
    private static DeviceRule Allow(char type, long? major, long? minor, string access = "rwm")
        => new() { Allow = true, Type = type, Major = major, Minor = minor, Access = access };

    private static DeviceRule Deny(char type, long? major = null, long? minor = null, string access = "rwm")
        => new() { Allow = false, Type = type, Major = major, Minor = minor, Access = access };

    private static string[] Text(DeviceSet set) => set.Exemptions.Select(e => e.ToString()).ToArray();

    private static readonly string[] Defaults = Text(DeviceSet.From([], []));

    private static ContainerException Refusal(params DeviceRule[] rules)
        => Assert.Throws<ContainerException>(() => DeviceSet.From(rules, []))!;

    [Test]
    [Must("device-rules.order")]
    public void Rules_hold_in_order()
    {
        Assert.That(Text(DeviceSet.From([Allow('b', 8, 0), Deny('b', 8, 0, "w")], [])), Does.Contain("b 8:0 rm"));
        Assert.That(Text(DeviceSet.From([Deny('b', 8, 0, "w"), Allow('b', 8, 0)], [])), Does.Contain("b 8:0 rwm"));
    }

    [Test]
    public void All_forgets_what_was_said_before()
    {
        Assert.That(Text(DeviceSet.From([Allow('b', 8, 0), Deny('a')], [])), Is.EqualTo(Defaults));
        Assert.That(DeviceSet.From([Deny('b', 8, 0), Allow('a', 1, 2, "")], []).AllowsAll);
        DeviceSet denyList = DeviceSet.From([Allow('a', null, null), Deny('b', 8, 0)], []);
        Assert.That((denyList.AllowsByDefault, Text(denyList)[0]), Is.EqualTo((true, "b 8:0 rwm")));
    }

    [TestCase("/dev/null")]
    [TestCase("/dev//null")]
    [TestCase("/dev/./null/")]
    [TestCase("//dev/x/../null/.")]
    public void A_device_at_a_default_nodes_path_takes_the_place_of_its_rule_however_the_path_is_written(string path)
        => Assert.That(Text(DeviceSet.From([], [new Device { Path = path, Type = 'c', Major = 1, Minor = 11 }])),
            Does.Not.Contain("c 1:3 rwm"));

    [Test]
    public void Unbuffered_is_character() => Assert.That(Text(DeviceSet.From([Allow('u', 21, 3)], [])), Does.Contain("c 21:3 rwm"));

    [Test]
    public void Accesses_of_the_same_devices_add_up()
        => Assert.That(Text(DeviceSet.From([Allow('b', 8, null, "r"), Allow('b', 8, null, "w")], [])), Does.Contain("b 8:* rw"));

    [Test]
    public void A_wider_rule_ends_narrower_exceptions()
        => Assert.That(Text(DeviceSet.From([Allow('b', 8, 0), Allow('b', 9, 0), Deny('b', 8)], [])),
        Is.EqualTo((string[])["b 9:0 rwm", .. Defaults]));

    /// <summary>runtime-tools reads devices.list, and takes its order for the one in which rules were applied.</summary>
    [Test]
    public void What_is_asked_for_comes_first_in_its_order()
        => Assert.That(Text(DeviceSet.From([Deny('a'), Allow('c', 10, 229), Allow('b', 8, 20, "rw"), Allow('c', 10, 200, "r")], []))[..5],
            Is.EqualTo((string[])["c 10:229 rwm", "b 8:20 rw", "c 10:200 rwm", "c *:* m", "b *:* m"]));

    // The specification does not demand them, so a rule takes them away; those that it does demand stay.
    [TestCase('c', 10, 200, "rwm", "c 10:200 rwm", false)]
    [TestCase('c', 10, 200, "w", "c 10:200 rm", true)]
    [TestCase('c', 10, null, "rwm", "c 10:200 rwm", false)]
    [TestCase('c', null, null, "m", "c *:* m", false)]
    [TestCase('b', null, null, "rwm", "b *:* m", false)]
    [TestCase('b', 7, 7, "rwm", "b *:* m", true, Description = "the form holds no hole: what is made cannot be opened")]
    [TestCase('c', 1, 3, "rwm", "c 1:3 rwm", true)]
    [TestCase('c', 5, 2, "rwm", "c 5:2 rwm", true)]
    [TestCase('c', 136, null, "rwm", "c 136:* rwm", true)]
    public void A_rule_that_denies_by_name_holds_against_a_default(char type, int? major, int? minor, string access, string exception,
        bool stays)
    {
        Assert.That(Text(DeviceSet.From([Deny(type, major, minor, access)], [])).Contains(exception), Is.EqualTo(stays));
        Assert.That(Text(DeviceSet.From([Deny('a'), Deny(type, major, minor, access)], [])).Contains(exception), Is.EqualTo(stays));
    }

    [Test]
    public void A_wildcard_that_a_rule_asks_for_is_no_default_any_more()
        => Assert.That(Refusal(Deny('a'), Allow('c', null, null, "m"), Deny('c', 7, 7)).Message, Does.Contain("cannot punch hole"));

    [Test]
    public void A_hole_in_a_wildcard_cannot_be_expressed()
    {
        ContainerException e = Refusal(Allow('b', 8, null), Deny('b', 8, 3, "w"));
        Assert.That(e.Message, Does.Contain("cannot punch hole in existing wildcard rule"));
        Assert.That(e.Pointer, Is.EqualTo("/linux/resources/devices/1"));
        Assert.That(Refusal(Allow('b', 8, null), Deny('b', null, 3)).Message, Does.Contain("cannot punch hole"), "they cross");
        Assert.DoesNotThrow(() => DeviceSet.From([Allow('b', 8, null, "r"), Deny('b', 8, 3, "w")], []), "nothing in common");
    }

    [Test]
    public void A_node_of_the_config_takes_the_default_ones_rule_away()
    {
        Device node = new() { Path = "/dev/full", Type = 'c', Major = 1, Minor = 3 };
        Assert.That(Text(DeviceSet.From([], [node])), Is.EqualTo(Defaults.Except(["c 1:7 rwm"])));
    }

    [TestCase("")]
    [TestCase("x")]
    public void A_rule_without_a_known_access_changes_nothing(string access)
        => Assert.That(Text(DeviceSet.From([Allow('c', 1, 3, access)], [])), Is.EqualTo(Text(DeviceSet.From([], []))));

    [TestCase('p', "r", "/type")]
    public void A_rule_that_says_nothing_is_refused(char type, string access, string at)
        => Assert.That(Refusal(Allow(type, 1, 3, access)).Pointer, Is.EqualTo("/linux/resources/devices/0" + at));

    [TestCase(-2L)]
    [TestCase(4294967296L)]
    public void A_device_number_has_32_bits(long major)
        => Assert.That(Refusal(Allow('c', major, 3)).Pointer, Is.EqualTo("/linux/resources/devices/0/major"));

    /// <summary>As v1's kernel answers (security/device_cgroup.c: match_exception, match_exception_partial).</summary>
    private static bool MayV1(DeviceSet set, char type, uint major, uint minor, DeviceAccess access)
    {
        IEnumerable<DeviceExemption> here =
            set.Exemptions.Where(e => e.Type == type && (e.Major ?? major) == major && (e.Minor ?? minor) == minor);
        return set.AllowsByDefault ? !here.Any(e => (e.Access & access) != 0) : here.Any(e => (access & ~e.Access) == 0);
    }

    [Test]
    public void The_program_answers_as_the_v1_kernel_does([Range(0, 49)] int seed)
    {
        Random random = new(seed);
        long? Number() => random.Next(4) == 0 ? null : random.Next(1, 4);
        string[] accesses = ["r", "w", "m", "rw", "rwm"];
        DeviceSet? set = null;
        while (set is null)
            try
            {
                set = DeviceSet.From([.. Enumerable.Range(0, random.Next(1, 12)).Select(i => new DeviceRule
                {
                    Allow = random.Next(2) == 0,
                    Type = i == 0 || random.Next(12) == 0 ? 'a' : random.Next(2) == 0 ? 'b' : 'c',
                    Major = Number(),
                    Minor = Number(),
                    Access = accesses[random.Next(accesses.Length)],
                })], []);
            }
            catch (ContainerException)
            {
                // A hole: try another.
            }
        var program = DeviceProgram.Assemble(set);
        foreach (char type in "bc")
            for (uint major = 0; major < 6; major++)
                for (uint minor = 0; minor < 10; minor++)
                    for (uint access = 1; access < 8; access++)
                    {
                        bool may = ExtendedSimulator.Run(program, [access << 16 | (type == 'b' ? 1u : 2u), major, minor]) == 1;
                        Assert.That(may, Is.EqualTo(MayV1(set, type, major, minor, (DeviceAccess)access)),
                            $"{type} {major}:{minor} {(DeviceAccess)access}");
                    }
    }

    [Test]
    public void The_kernels_verifier_accepts_programs_of_any_size([Values(0, 1, 10, 60)] int rules, [Values] bool allow)
    {
        if (Environment.UserName != "root")
            Assert.Ignore("needs root");
        DeviceRule[] list = [new() { Allow = allow }, .. Enumerable.Range(0, rules)
            .Select(
                i => new DeviceRule { Allow = !allow, Type = i % 2 == 0 ? 'b' : 'c', Major = 20 + i, Minor = i % 3 == 0 ? null : i,
                    Access = i % 5 == 0 ? "rwm" : "r" })];
        using Fd? program = Sys.TryLoadDeviceProgram(DeviceProgram.Assemble(DeviceSet.From(list, [])), out SysError error);
        if (error.Errno == EPERM)
            Assert.Ignore("bpf(2) is not permitted here");
        Assert.That(error.Errno, Is.Zero);
    }
}
