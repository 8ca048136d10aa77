namespace SharpRunc.Linux;

/// <summary>Permission bits (chmod(2)) by their octal notation, for which C# has no literals.</summary>
internal static class Modes
{
    public const uint O600 = 0x180, O640 = 0x1A0, O644 = 0x1A4, O666 = 0x1B6;
    public const uint O700 = 0x1C0, O711 = 0x1C9, O750 = 0x1E8, O755 = 0x1ED, O777 = 0x1FF;
}
