namespace SharpRunc.Linux;

/// <summary>Numbers of descriptors, first to last: close_range(2).</summary>
internal struct CloseRange
{
    public uint First, Last;
}
