using System.Collections.Generic;
using System.IO;
using System.Linq;
using NUnit.Framework;
using SharpRunc.Core;
using SharpRunc.Core.Init;
using SharpRunc.Core.Lifecycle;
using SharpRunc.Core.Spec;
using SharpRunc.Core.Validation;
using SharpRunc.Linux;
using SharpRunc.Tests.Support;
using Root = SharpRunc.Linux.Root;

namespace SharpRunc.Tests.Properties;

/// <summary>User and group ids: maps, users of exec, passwd(5).</summary>
internal sealed class IdProperties
{
    [Test]
    public void A_map_is_taken_if_and_only_if_no_id_is_there_twice_and_all_ids_exist() => Dice.Roll(20_000, dice =>
    {
        uint beyond = dice.Once(4) ? uint.MaxValue - 10 : 0;
        IdMapping[] map = dice.Many(4, () => new IdMapping(beyond + (uint)dice.Below(12), (uint)dice.Below(30), (uint)dice.Below(6)));
        bool possible = map.All(m => m.Size > 0 && m.ContainerId + (ulong)m.Size <= uint.MaxValue);
        if (possible)
            possible = Ids(map, m => m.ContainerId).Distinct().Count() == Ids(map, m => m.ContainerId).Count()
                && Ids(map, m => m.HostId).Distinct().Count() == Ids(map, m => m.HostId).Count();
        if (Taken(map) != possible)
            Assert.Fail(string.Join(", ", map));
    });

    [Test]
    public void An_id_is_mapped_as_the_map_says() => Dice.Roll(20_000, dice =>
    {
        IdMapping[] map = dice.Many(4, () => new IdMapping((uint)dice.Below(12), (uint)dice.Number(), (uint)dice.Below(6)));
        if (!Taken(map))
            return;
        for (uint id = 0; id < 20; id++)
        {
            uint? expected = null;
            foreach (IdMapping mapping in map)
                for (uint i = 0; i < mapping.Size; i++)
                    if (mapping.ContainerId + i == id)
                        expected = mapping.HostId + i;
            if (IdMapping.ToHost(map, id) != expected)
                Assert.Fail($"{id} in {string.Join(", ", map)}");
        }
    });

    [Test]
    public void Extreme_maps_are_taken_or_refused_by_a_pointer()
        => Dice.Roll(20_000,
            dice => Taken(dice.Many(5, () => new IdMapping((uint)dice.Number(), (uint)dice.Number(), (uint)dice.Number()))));

    [Test]
    public void A_user_is_digits_below_4294967295_and_nothing_else() => Dice.Roll(20_000, dice =>
    {
        string text = dice.Text(6, "0", "1", "00", "42", "4294967294", "4294967295", "-1", "+", " ", ":", ":", "root", "\n", "0x1", "1e3",
            "٣", "");
        string[] parts = text.Split(':', 2);
        bool possible = parts.All(part => part.Length > 0 && part.All(char.IsAsciiDigit) && part.TrimStart('0')
            .Length <= 10 && ulong.Parse("0" + part) < uint.MaxValue);
        User? user = null;
        try
        {
            user = ExecProcess.From(new Config(), new ExecOptions { Args = ["sh"], User = text }, new ValidationContext()).User;
        }
        catch (ContainerException)
        {
        }
        if (user is null == possible
            || (user is not null && (user.Uid != uint.Parse(parts[0]) || (parts.Length > 1 && user.Gid != uint.Parse(parts[1])))))
            Assert.Fail($"\"{text}\": {user?.Uid}:{user?.Gid}");
    });

    [Test]
    public void Whatever_an_image_has_as_its_passwd_a_home_is_a_field_of_it_or_the_root()
    {
        using TemporaryDirectory work = new();
        Directory.CreateDirectory(work["etc"]);
        using Root root = new(Sys.OpenAt(Fd.Cwd, work.Path, O_PATH | O_DIRECTORY));
        Dice.Roll(2_000, dice =>
        {
            string text = dice.Text(40, "root", ":", ":", ":", ":x:", "0", "1000", "\n", "\n", "/root", "/home", "-1", "4294967296", " ",
                "\0", "é", "root:x:0:0:root:/root:/bin/sh\n", "::0:::\n", ":x:0:0:::\n");
            File.WriteAllText(work["etc/passwd"], text);
            string home = Passwd.Home(root, dice.Of(0u, 1000u, uint.MaxValue));
            if (home != "/" && !text.Split('\n', '\r', ':').Contains(home))
                Assert.Fail($"{home} of {text}");
        });
    }

    private static bool Taken(IdMapping[] map)
    {
        try
        {
            MappingRules.Check(map, "/m");
            return true;
        }
        catch (ContainerException e) when (e.Pointer is { } pointer && pointer.StartsWith("/m", System.StringComparison.Ordinal))
        {
            return false;
        }
    }

    private static IEnumerable<ulong> Ids(IdMapping[] map, System.Func<IdMapping, uint> first)
        => map.SelectMany(m => Enumerable.Range(0, (int)m.Size).Select(i => first(m) + (ulong)i));
}
