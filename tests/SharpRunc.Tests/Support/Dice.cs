using System;
using System.Text;
using NUnit.Framework;

namespace SharpRunc.Tests.Support;

/// <summary>Random values from a seed: a property that fails says which seed, and fails again with it.</summary>
internal sealed class Dice(int seed)
{
    private static readonly long[] Edges =
    [
        0, 1, -1, 2, 9, 10, 63, 64, 65, 100, 127, 128, 255, 256, 511, 512, 999, 1000, 1023, 1024, 4095, 4096, 8191, 8192, 65535, 65536,
            int.MaxValue, (long)int.MaxValue + 1, int.MinValue,
        uint.MaxValue - 1, uint.MaxValue, (long)uint.MaxValue + 1, long.MaxValue, long.MinValue,
    ];

    private readonly Random random = new(seed);

    /// <summary>Rolls again and again; what fails is told with its seed.</summary>
    public static void Roll(int times, Action<Dice> property)
    {
        for (int seed = 0; seed < times; seed++)
            try
            {
                property(new Dice(seed));
            }
            catch (Exception e) when (e is not IgnoreException)
            {
                throw new AssertionException($"seed {seed}: {e.Message}", e);
            }
    }

    public int Below(int limit) => random.Next(limit);

    public bool Once(int in_) => random.Next(in_) == 0;

    public T Of<T>(params T[] items) => items[random.Next(items.Length)];

    /// <summary>Half of them are where something ends.</summary>
    public long Number() => Once(2) ? Edges[Below(Edges.Length)] : random.NextInt64(long.MinValue, long.MaxValue) >> Below(64);

    public T[] Many<T>(int most, Func<T> item)
    {
        T[] items = new T[Below(most + 1)];
        for (int i = 0; i < items.Length; i++)
            items[i] = item();
        return items;
    }

    /// <summary>Pieces of those, one behind the other.</summary>
    public string Text(int most, params string[] pieces) => string.Concat(Many(most, () => Of(pieces)));

    /// <summary>Any characters but NUL, of any length in bytes.</summary>
    public string Characters(int most)
    {
        StringBuilder text = new();
        for (int count = Below(most + 1); count > 0; count--)
            text.Append(
                new Rune(Below(4) switch
                {
                    0 => 1 + Below(0x7F),
                    1 => 0x20 + Below(0x60),
                    2 => 0x80 + Below(0xD700),
                    _ => 0xE000 + Below(0x10FFFF - 0xE000)
                }));
        return text.ToString();
    }
}
