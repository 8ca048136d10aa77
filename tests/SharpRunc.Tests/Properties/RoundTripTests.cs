using System;
using System.Collections.Generic;
using System.Text;
using System.Text.Json;
using NUnit.Framework;
using SharpRunc.Core.Spec;
using SharpRunc.Core.Spec.Json;
using SharpRunc.Core.State;
using SharpRunc.Core.Validation;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Properties;

/// <summary>What we write and read again is what it was.</summary>
internal sealed class RoundTripTests
{
    [Test]
    public void Any_text_is_written_as_JSON_that_others_and_we_read_back() => Dice.Roll(20_000, dice =>
    {
        string name = dice.Characters(10), value = dice.Characters(40);
        JsonText json = new(indented: dice.Once(2));
        json.StartObject();
        json.Member("ociVersion", "1.0.0");
        json.Name("annotations");
        json.StartObject();
        json.Member(name, value);
        json.EndObject();
        json.EndObject();
        using JsonDocument others = JsonDocument.Parse(json.Written);
        if (others.RootElement.GetProperty("annotations").GetProperty(name).GetString() != value
            || !ConfigReader.Read(json.Written.Span).Annotations[0].Equals(new KeyValuePair<string, string>(name, value)))
            Assert.Fail(Encoding.UTF8.GetString(json.Written.Span));
    });

    [Test]
    public void A_state_comes_back_as_it_was() => Dice.Roll(5_000, dice =>
    {
        KeyValuePair<string, string>[] Pairs()
            => dice.Many(3, () => new KeyValuePair<string, string>(dice.Characters(6), dice.Characters(6)));
        string[] Strings() => dice.Many(3, () => dice.Characters(8));
        Hook[] Hooks() => dice.Many(2, () => new Hook
        {
            Path = dice.Characters(9),
            Args = dice.Once(2) ? null : Strings(),
            Env = dice.Once(2) ? null : Strings(),
            Timeout = dice.Once(2) ? null : (int)dice.Number(),
        });
        ContainerState state = new()
        {
            Id = dice.Characters(9),
            Phase = dice.Of(Phase.Creating, Phase.Created),
            RuntimePid = (int)dice.Number(),
            RuntimeStartTime = (ulong)dice.Number(),
            InitPid = (int)dice.Number(),
            InitStartTime = (ulong)dice.Number(),
            Created = dice.Number(),
            Bundle = dice.Characters(20),
            Rootfs = dice.Characters(20),
            OciVersion = dice.Characters(5),
            Annotations = Pairs(),
            CgroupPaths = Pairs(),
            StartContainer = Hooks(),
            Poststart = Hooks(),
            Poststop = Hooks(),
            PrivatePidNamespace = dice.Once(2),
            NoNewKeyring = dice.Once(2),
            Keyring = dice.Once(3) ? null : dice.Characters(9),
            Program = dice.Once(3) ? null : dice.Characters(9),
            Stdio = Strings(),
            Restored = dice.Once(2),
        };
        ReadOnlyMemory<byte> written = StateFile.Write(state);
        if (!StateFile.Write(StateFile.Read(written.Span)).Span.SequenceEqual(written.Span))
            Assert.Fail(Encoding.UTF8.GetString(written.Span));
    });

    [Test]
    public void A_damaged_state_is_read_or_refused_and_nothing_else() => Dice.Roll(20_000, dice =>
    {
        List<byte> bytes =
            [.. StateFile.Write(new ContainerState { Id = "a", Poststop = [new Hook { Path = "/x", Args = ["y"], Timeout = 3 }],
                Annotations = [new("k", "v")], Stdio = ["pipe:[1]"] }).Span];
        for (int edits = 1 + dice.Below(3); edits > 0; edits--)
        {
            int at = dice.Below(bytes.Count);
            switch (dice.Below(4))
            {
                case 0: bytes[at] = (byte)dice.Below(256); break;
                case 1: bytes.RemoveRange(at, Math.Min(bytes.Count - at, 1 + dice.Below(20))); break;
                case 2:
                    bytes.InsertRange(at,
                    Encoding.UTF8.GetBytes(dice.Of("{", "]", "null", "\"", ",", "-1", "1e99", "[[", "\\u0000", "\0"))); break;
                default: bytes.InsertRange(at, bytes.GetRange(0, dice.Below(bytes.Count))); break;
            }
            if (bytes.Count == 0)
                break;
        }
        try
        {
            StateFile.Read([.. bytes]);
        }
        catch (StateFormatException)
        {
        }
    });

    [Test]
    public void Resources_come_back_as_they_were() => Dice.Roll(5_000, dice =>
    {
        Resources resources = new()
        {
            Memory = dice.Once(3) ? null : new()
            {
                Limit = Maybe(dice),
                Swap = Maybe(dice),
                Swappiness = (ulong?)Maybe(dice),
                DisableOomKiller = dice.Of<bool?>(null, true, false)
            },
            Cpu = dice.Once(3) ? null : new()
            {
                Shares = (ulong?)Maybe(dice),
                Quota = Maybe(dice),
                Burst = (ulong?)Maybe(dice),
                Cpus = dice.Once(2) ? null : "0" + dice.Characters(5),
                Idle = Maybe(dice)
            },
            Pids = dice.Once(3) ? null : new() { Limit = Maybe(dice) },
            BlockIo = dice.Once(3) ? null : new()
            {
                Weight = (ushort?)Maybe(dice),
                WeightDevice =
                    dice.Many(2, () => new WeightDevice(dice.Below(99), dice.Below(99), (ushort?)Maybe(dice), (ushort?)Maybe(dice))),
                ThrottleWriteIopsDevice = dice.Many(2, () => new ThrottleDevice(dice.Below(99), dice.Below(99), (ulong)dice.Number())),
            },
            HugepageLimits = dice.Many(2, () => new HugepageLimit(dice.Characters(4), (ulong)dice.Number())),
            Network = dice.Once(3) ? null : new()
            {
                ClassId = (uint?)Maybe(dice),
                Priorities = dice.Many(2, () => new InterfacePriority(dice.Characters(4), (uint)dice.Number()))
            },
            Rdma = dice.Many(1,
                () => new KeyValuePair<string, RdmaLimit>(dice.Characters(4), new RdmaLimit((uint?)Maybe(dice), (uint?)Maybe(dice)))),
            Unified = dice.Many(1, () => new KeyValuePair<string, string>(dice.Characters(4), dice.Characters(9))),
        };
        ReadOnlyMemory<byte> written = ResourcesJson.Write(resources);
        if (!ResourcesJson.Write(ConfigReader.ReadResources(written.Span)).Span.SequenceEqual(written.Span))
            Assert.Fail(Encoding.UTF8.GetString(written.Span));
    });

    [Test]
    public void Features_and_the_template_of_spec_are_read_whatever_the_version_and_the_ids() => Dice.Roll(2_000, dice =>
    {
        string version = dice.Characters(9), commit = dice.Characters(9);
        using JsonDocument features = JsonDocument.Parse(FeaturesJson.Write(version, commit));
        uint uid = (uint)dice.Number(), gid = (uint)dice.Number();
        if (uid == uint.MaxValue || gid == uint.MaxValue)
            return;
        Config config = ConfigReader.Read(SpecTemplate.Rootless(uid, gid, dice.Once(2)));
        ConfigRules.Check(config, new ValidationContext { Unprivileged = true });
        if (features.RootElement.GetProperty("annotations").GetProperty("org.sharprunc.version").GetString() != version
            || config.Linux.UidMappings[0].HostId != uid || config.Linux.GidMappings[0].HostId != gid)
            Assert.Fail($"{version} {uid} {gid}");
    });

    private static long? Maybe(Dice dice) => dice.Once(2) ? null : dice.Number();
}
